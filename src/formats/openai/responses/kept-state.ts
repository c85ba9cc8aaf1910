import { isJsonObject, type JsonObject, parseJson } from "../../../chat/json.ts";
import { base64OfText, textOfBase64 } from "../../inline-files.ts";

/**
 * A vendor's opaque state has one seat in this dialect, `encrypted_content` of a reasoning item, and clients
 * send it back as it came. What stands there is told by its beginning from what OpenAI itself encrypted.
 * It is not secret and not signed here: the vendor that gets it back proves its own signature.
 */
export type KeptState =
  | {
      readonly of: "reasoning";
      readonly text: string;
      readonly signature?: string;
      readonly signer?: string;
      readonly redacted?: string;
    }
  /** Of the words or the call that the next item is. */
  | { readonly of: "next"; readonly signature: string };

const PREFIX = "dragoman.1.";

export function keptText(state: KeptState): string {
  return PREFIX + base64OfText(JSON.stringify(state));
}

/** Undefined for what was not written by `keptText`. */
export function keptState(text: string): KeptState | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const json = textOfBase64(text.slice(PREFIX.length));
  if (json === undefined) return undefined;
  try {
    const value = parseJson(json);
    return isJsonObject(value) ? stateOf(value) : undefined;
  } catch {
    return undefined;
  }
}

function stateOf(value: JsonObject): KeptState | undefined {
  const { of, text, signature, signer, redacted } = value;
  if (of === "next") return typeof signature === "string" ? { of, signature } : undefined;
  if (of !== "reasoning" || typeof text !== "string") return undefined;
  return {
    of,
    text,
    ...(typeof signature === "string" && { signature }),
    ...(typeof signer === "string" && { signer }),
    ...(typeof redacted === "string" && { redacted }),
  };
}
