import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Fidelity } from "../capabilities.ts";
import type { RequestPatch, WireFormat } from "../wire-format.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./error.ts";
import { intent } from "./intent.ts";
import { modelList } from "./model-list.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import {
  FORMAT_NAME,
  isCountPath,
  NO_CANDIDATES,
  readGeneratePath,
  UNDECODABLE,
  UNSAFE,
  withModelInPath,
} from "./wire.ts";

/** Gemini's `generateContent`, from the public API or Vertex AI. */
export const geminiGenerate: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream",
  undecodable: UNDECODABLE,
  emptyAnswer: ({ choices }) =>
    choices[0]?.finishReason === "content_filter" ? UNSAFE : NO_CANDIDATES,
  // https://ai.google.dev/api/tokens
  tokenCount: {
    isAsked: isCountPath,
    pathFrom: (path) =>
      path.endsWith(":generateContent")
        ? path.replace(/generateContent$/, "countTokens")
        : undefined,
    encode: (tokens) => ({ totalTokens: tokens }),
  },
  modelPath: {
    isAsked: (path) => readGeneratePath(path) !== undefined,
    withModel: withModelInPath,
  },
  modelList,
  ownHeaders: /^x-goog-/,
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

const CONFIG_MEMBERS = {
  maxTokens: ["maxOutputTokens", "max_output_tokens"],
  temperature: ["temperature", "temperature"],
  topP: ["topP", "top_p"],
  topK: ["topK", "top_k"],
} as const satisfies Partial<Record<keyof RequestPatch, readonly [string, string]>>;

/** Under the names the client used. Model and streaming are the URL's, and usage always comes. */
export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const key = wire.generation_config === undefined ? "generationConfig" : "generation_config";
  const config = isJsonObject(wire[key]) ? wire[key] : {};
  const changes: Record<string, Json> = {};
  for (const [name, [camel, snake]] of Object.entries(CONFIG_MEMBERS)) {
    const value = patch[name as keyof typeof CONFIG_MEMBERS];
    const member = config[snake] === undefined ? camel : snake;
    if (value !== undefined && config[member] !== value) changes[member] = value;
  }
  if (Object.keys(changes).length === 0) return wire;
  const { model: _model, stream: _stream, ...rest } = wire;
  return { ...rest, [key]: { ...config, ...changes } };
}

/** What Gemini's `generateContent` carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  system: { how: "mapped", note: "All instructions are one text, parted by empty lines." },
  "system-in-place": { how: "approximated", note: "Instructions stand ahead of all turns." },
  "developer-role": { how: "mapped", note: "Written as instructions." },
  "multi-turn": {
    how: "mapped",
    note: "Neighbouring turns of one role become one. The user speaks first.",
  },
  "participant-names": { how: "dropped" },
  tools: { how: "kept" },
  "vendor-tools": { how: "dropped", note: "Google's own are kept, other vendors' are not." },
  "strict-tools": { how: "approximated", note: "Schemas are followed without a guarantee." },
  "tool-choice": { how: "kept" },
  "allowed-tools": { how: "kept" },
  "parallel-tool-calls": { how: "dropped", note: "Several calls cannot be forbidden." },
  "tool-results": { how: "mapped", note: "A result that is no object stands under `result`." },
  "tool-result-files": {
    how: "approximated",
    note: "Kept for Gemini 3; before it they follow the result.",
  },
  "failed-tool-results": { how: "mapped", note: "The words stand under `error`." },
  "image-url": { how: "kept", note: "The type is told by the ending of the path." },
  "image-base64": { how: "kept" },
  documents: { how: "kept" },
  audio: { how: "kept" },
  "json-mode": { how: "kept", note: "Beside tools in words, before Gemini 3." },
  "json-schema": {
    how: "mapped",
    note: "Beside tools in words, before Gemini 3. The schema's name is not sent; words that Gemini's schemas lack are dropped.",
  },
  stop: { how: "kept", note: "Five." },
  seed: { how: "kept", note: "32 bits." },
  "presence-penalty": { how: "kept" },
  "frequency-penalty": { how: "kept" },
  logprobs: { how: "kept" },
  "choice-count": { how: "kept" },
  "max-tokens": { how: "kept", note: "Up to 65536." },
  temperature: { how: "kept" },
  "top-p": { how: "kept" },
  "top-k": { how: "kept" },
  "reasoning-effort": {
    how: "mapped",
    note: "A level for Gemini 3, a budget before it; nothing above high.",
  },
  "reasoning-budget": { how: "kept", note: "Within what the model allows." },
  "reasoning-text": { how: "kept" },
  "reasoning-signatures": {
    how: "kept",
    note: "Its own, known by their `format`; others are dropped.",
  },
  "cache-points": { how: "dropped", note: "Gemini caches by itself, or by `cachedContent`." },
  citations: { how: "approximated", note: "Kept in answers; past turns go back without." },
  refusals: { how: "approximated", note: "Written as text." },
  user: { how: "dropped" },
  "service-tier": { how: "mapped", note: "`default` is called standard." },
  "token-usage": { how: "kept" },
  "cached-token-usage": { how: "kept" },
};
