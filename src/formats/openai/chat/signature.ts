import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { WireExtraContent } from "./wire.ts";

/** Google's thought signature, at a tool call, a message or a content part. */
export function signatureOf(wire: JsonObject): string | undefined {
  const google = isJsonObject(wire.extra_content) ? wire.extra_content.google : undefined;
  const signature = isJsonObject(google) ? google.thought_signature : undefined;
  return typeof signature === "string" ? signature : undefined;
}

export function extraContent(signature: string): WireExtraContent {
  return { google: { thought_signature: signature } };
}
