import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { estimatePromptTokens, tokensOfWords } from "../../telemetry/estimate.ts";
import type { ClientRequest } from "./client.ts";

/** A client's own request, and how many messages stand before its first in the one that is sent. */
export interface Asked {
  readonly wire: JsonObject;
  readonly prepended: number;
}

/** An LLM request in the client's dialect: the wire object is the truth, the canonical form is made when asked for. */
export interface Prompt {
  readonly format: WireFormat;
  /** The client's bytes, while nothing was changed. */
  readonly bytes?: Uint8Array;
  readonly wire: JsonObject;
  /** Of the client's URL, without its query: some dialects name the model there. */
  readonly path: string;
  readonly stream: boolean;
  /** What the client itself wrote, where a plugin changed it: it is told of places in that. */
  readonly asked?: Asked;
  /** The canonical form; decoded at the first call. */
  chat(): ChatRequest;
  /** Of a large body `wire` is only the outline; see `LargeBody`. */
  readonly large?: LargeBody;
}

/** A body that other threads look into: what calls are decided by is known here, the rest are bytes. */
export interface LargeBody {
  /** As it was read (`outlineOf`): where a prompt's wire differs, somebody has changed the request since. */
  readonly outline: JsonObject;
  readonly contentType: string | null;
  /** Words of the prompt, for estimates. */
  readonly words: number;
  /** The client's; undefined while another thread has them, and once they were sent and are not kept. */
  bytes: Uint8Array | undefined;
  /** Another target may be asked. */
  isKept?: boolean;
}

/** The reference's own words for a body that is not what its content type says. */
const NOT_JSON = "content-type header does not match request body, or bad JSON formatting";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the client's body as a request in `format`. Throws `body_too_large` past the limit
 * (0 means none) and `invalid_request` for anything that is not one JSON object.
 */
export async function readPrompt(
  { body, headers, path }: ClientRequest,
  format: WireFormat,
  limitBytes: number,
): Promise<Prompt> {
  const bytes = await body.bytes(limitBytes);
  return promptIn(bytes, format, headers.get("content-type"), path);
}

/** The same for a body that is read already. */
export function promptIn(
  bytes: Uint8Array,
  format: WireFormat,
  contentType: string | null,
  path = "",
): Prompt {
  const text = bodyText(bytes, contentType);
  const sought =
    bytes.byteLength < LONG_BYTES
      ? text
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return promptOf(format, parseBody(text), path, mayNameTwoModels(sought) ? undefined : bytes);
}

const MODEL = '"model"';
/** An ASCII letter of a member's name written as an escape. */
const ESCAPED_NAME = /[{,]\s*"[^"\\]*\\u00[4-7][^"]*"\s*:/;

/**
 * Of a member that is written twice one reader takes the first and another the last (RFC 8259 §4).
 * Bytes that may name two models are therefore not sent on as they came but written anew, so that
 * the model that was checked is the one that is called.
 */
export function mayNameTwoModels(json: string | Buffer): boolean {
  const first = json.indexOf(MODEL);
  if (first >= 0 && json.includes(MODEL, first + MODEL.length)) return true;
  return json.includes("\\u00") && ESCAPED_NAME.test(json.toString("latin1"));
}

/** Of a long text the runtime finds bytes in bytes four times as fast; a view of a short one costs more than it saves. */
const LONG_BYTES = 32 * 1024;

/** A prompt around a wire object; `bytes` are its exact text, where it is still the client's own. */
export function promptOf(
  format: WireFormat,
  wire: JsonObject,
  path = "",
  bytes?: Uint8Array,
): Prompt {
  let decoded: ChatRequest | undefined;
  const chat = () => {
    decoded ??= format.decodeRequest(wire);
    return decoded;
  };
  const stream = format.intent.stream(wire, path);
  return bytes ? { format, wire, path, stream, chat, bytes } : { format, wire, path, stream, chat };
}

/** What is read of a request; undefined where it does not decode: what is wrong with it is its vendor's to say. */
export function whereItDecodes<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined;
    throw cause;
  }
}

/** The model that the client names, as it wrote it: `modelFor` checks it. */
export function askedModel({ format, wire, path }: Prompt): unknown {
  return format.intent.model(wire, path);
}

/** Whether the client asked for a report of usage at the end of a stream. */
export function wantsUsage({ format, wire }: Prompt): boolean {
  return format.intent.wantsUsage(wire);
}

/** Prompt tokens by the reference's word count. */
export function estimatedTokens({ wire, large }: Prompt, stream: boolean): number {
  return large ? tokensOfWords(large.words, stream) : estimatePromptTokens(wire, stream);
}

/**
 * The text of a request body. A missing content type counts as JSON, and so does the form type that
 * `curl -d` sets, when the text is plainly an object.
 */
function bodyText(bytes: Uint8Array, contentType: string | null): string {
  if (contentType !== null && !maybeJson(contentType))
    throw new GatewayError("invalid_request", NOT_JSON);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new GatewayError("invalid_request", NOT_JSON, { cause });
  }
}

function parseBody(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (!isJsonObject(value)) throw new GatewayError("invalid_request", NOT_JSON);
  return value;
}

/** What the client is told of a body that `parseJson` does not read. */
export function unreadable(cause: unknown): GatewayError {
  const problem =
    cause instanceof RangeError ? `the request body is refused: ${cause.message}` : NOT_JSON;
  return new GatewayError("invalid_request", problem, { cause });
}

/** Whether a body of this type may be JSON text. */
export function maybeJson(contentType: string): boolean {
  if (contentType.startsWith("application/json")) return true;
  const type = mediaType(contentType);
  return (
    type === "application/json" ||
    type === "application/x-www-form-urlencoded" ||
    (type.startsWith("application/") && type.endsWith("+json"))
  );
}

/** `Content-Type` without its parameters, in lower case. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
