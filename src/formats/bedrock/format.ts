import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Fidelity } from "../capabilities.ts";
import type { RequestPatch, WireFormat } from "../wire-format.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { familyOf } from "./families.ts";
import { intent } from "./intent.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { FORMAT_NAME, NO_CONTENT, STREAM_CONTENT_TYPE, UNDECODABLE } from "./wire.ts";

/** Amazon Bedrock's Converse, for every model behind it. */
export const bedrockConverse: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: STREAM_CONTENT_TYPE,
  undecodable: UNDECODABLE,
  emptyAnswer: () => NO_CONTENT,
  intent,
  decodeRequest,
  encodeRequest,
  patchRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError,
  encodeError,
};

/** Model, stream and usage are not the body's: the URL names the first two, the third always comes. */
export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const { maxTokens, temperature, topP } = patch;
  const inference = changed(wire.inferenceConfig, { maxTokens, temperature, topP });
  const fields =
    patch.topK === undefined ? undefined : patchTopK(wire, patch.topK, patch.model ?? "");
  if (!inference && !fields) return wire;
  return {
    ...wire,
    ...(inference && { inferenceConfig: inference }),
    ...(fields && { additionalModelRequestFields: fields }),
  };
}

/** The object with these members, or undefined when it has them already. */
function changed(
  value: Json | undefined,
  members: { readonly [name: string]: number | undefined },
): JsonObject | undefined {
  const base = isJsonObject(value) ? value : {};
  const news = Object.entries(members).filter(
    ([name, member]) => member !== undefined && base[name] !== member,
  );
  return news.length > 0 ? { ...base, ...Object.fromEntries(news) } : undefined;
}

/** Under the name that the client used, else the model's own. */
function patchTopK(wire: JsonObject, topK: number, model: string): JsonObject | undefined {
  const fields = isJsonObject(wire.additionalModelRequestFields)
    ? wire.additionalModelRequestFields
    : {};
  const inner = isJsonObject(fields.inferenceConfig) ? fields.inferenceConfig : {};
  if (typeof fields.top_k === "number") return changed(fields, { top_k: topK });
  if (typeof fields.k === "number") return changed(fields, { k: topK });
  const name = typeof inner.topK === "number" ? "inferenceConfig.topK" : familyOf(model).topK;
  switch (name) {
    case "top_k":
    case "k":
      return changed(fields, { [name]: topK });
    case "inferenceConfig.topK": {
      const config = changed(inner, { topK });
      return config && { ...fields, inferenceConfig: config };
    }
    case undefined:
      return undefined;
  }
}

/**
 * What Converse carries of a canonical request or answer, said of Claude Sonnet 4.5; `familyOf`
 * knows what other models behind it do not take.
 */
export const fidelity: Fidelity = {
  system: { how: "kept", note: "Folded into the first turn for models without a system prompt." },
  "system-in-place": {
    how: "approximated",
    note: "Kept in place for models that allow it; otherwise moved before the conversation.",
  },
  "developer-role": { how: "mapped", note: "Written as the system prompt." },
  "multi-turn": {
    how: "kept",
    note: "Turns of the same role are joined. The user speaks first, and last on Claude from 4.6 on.",
  },
  "participant-names": { how: "dropped" },
  tools: {
    how: "kept",
    note: "For models without tools, past calls and results are told in words.",
  },
  "vendor-tools": { how: "dropped", note: "Only Bedrock's own system tools are carried." },
  "strict-tools": { how: "kept", note: "Dropped for models without structured output." },
  "tool-choice": {
    how: "mapped",
    note: "`none` leaves the tools out; where the conversation has called some, it is approximated.",
  },
  "allowed-tools": { how: "approximated", note: "Only the allowed tools are shown." },
  "parallel-tool-calls": { how: "kept", note: "Claude's own switch; dropped for other models." },
  "tool-results": { how: "kept", note: "A JSON object goes as JSON." },
  "tool-result-files": { how: "kept" },
  "failed-tool-results": { how: "kept" },
  "image-url": { how: "dropped", note: "Refused: Bedrock takes base64 data and s3:// URLs." },
  "image-base64": { how: "kept", note: "For models that see." },
  documents: {
    how: "kept",
    note: "Names are brought into the form that Converse allows, and stand as words where there are none.",
  },
  audio: { how: "dropped", note: "Kept for models that hear." },
  "json-mode": { how: "mapped", note: "A tool that the model must call, unwrapped in the answer." },
  "json-schema": {
    how: "mapped",
    note: "Structured output, or a tool where the model or the schema does not allow it.",
  },
  stop: { how: "kept", note: "Claude: not white space alone; Titan: `|` and `User:` only." },
  seed: { how: "dropped" },
  "presence-penalty": { how: "dropped" },
  "frequency-penalty": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "dropped", note: "Converse gives one answer." },
  "max-tokens": { how: "kept" },
  temperature: { how: "kept", note: "At most 1." },
  "top-p": { how: "kept", note: "Dropped beside a temperature where the model takes only one." },
  "top-k": { how: "mapped", note: "A member of the model's own, where it has one." },
  "reasoning-effort": {
    how: "mapped",
    note: "A token budget, Converse's effort, or the model's own word.",
  },
  "reasoning-budget": { how: "kept", note: "From 1024 tokens, within max_tokens." },
  "reasoning-text": { how: "approximated", note: "Claude takes it back only with its signature." },
  "reasoning-signatures": { how: "kept" },
  "cache-points": {
    how: "kept",
    note: "For 5m or 1h; another lifetime becomes 1h. Dropped for models without a cache.",
  },
  citations: { how: "approximated", note: "Converse's own go back; others' are dropped." },
  refusals: { how: "approximated", note: "Said as text." },
  user: { how: "dropped" },
  "service-tier": { how: "kept" },
  "token-usage": { how: "kept" },
  "cached-token-usage": { how: "kept" },
};
