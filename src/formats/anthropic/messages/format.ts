import type { Json, JsonObject } from "../../../chat/json.ts";
import type { Fidelity } from "../../capabilities.ts";
import { changesStream, withChanges } from "../../fields.ts";
import type { RequestPatch, WireFormat } from "../../wire-format.ts";
import { decodeAnthropicError, encodeAnthropicError } from "../error.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { streamEncoder } from "./encode-stream.ts";
import { intent } from "./intent.ts";
import { modelList } from "./model-list.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** Anthropic's Messages. */
export const anthropicMessages: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
  tokenCount: {
    // https://platform.claude.com/docs/en/api/messages-count-tokens
    isAsked: (path) => /\/messages\/count_tokens\/?$/.test(path),
    pathFrom: (path) => (path.endsWith("/messages") ? `${path}/count_tokens` : undefined),
    encode: (tokens) => ({ input_tokens: tokens }),
  },
  modelList,
  ownHeaders: /^anthropic-/,
  spentStatus: 429,
  intent,
  decodeRequest,
  encodeRequest,
  patchRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError: decodeAnthropicError,
  encodeError: encodeAnthropicError,
};

/** A stream of this dialect ends with its usage whether or not anyone asked. */
export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const changes: Record<string, Json> = {};
  if (patch.model !== undefined) changes["model"] = patch.model;
  if (patch.maxTokens !== undefined) changes["max_tokens"] = patch.maxTokens;
  if (patch.temperature !== undefined) changes["temperature"] = patch.temperature;
  if (patch.topP !== undefined) changes["top_p"] = patch.topP;
  if (patch.topK !== undefined) changes["top_k"] = patch.topK;
  if (changesStream(wire, patch)) changes["stream"] = patch.stream === true;
  return withChanges(wire, changes);
}

/** What Anthropic's Messages carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  system: { how: "kept" },
  "system-in-place": {
    how: "approximated",
    note: "In place on models that take system turns; on others ahead of the conversation.",
  },
  "developer-role": { how: "mapped", note: "Written as the system role." },
  "multi-turn": {
    how: "kept",
    note: "Turns of one role in a row become one. The user speaks first, and last on models from 4.6 on.",
  },
  "participant-names": { how: "dropped" },
  tools: {
    how: "kept",
    note: "A schema of several forms becomes one object that allows each; the forms are told in words.",
  },
  "vendor-tools": { how: "dropped", note: "Anthropic cannot run another vendor's tools." },
  "strict-tools": { how: "kept", note: "On models with structured output." },
  "tool-choice": {
    how: "kept",
    note: "On models that cannot be made to call a tool, required and named tools become auto.",
  },
  "allowed-tools": { how: "approximated", note: "Only the allowed tools are offered." },
  "parallel-tool-calls": { how: "mapped", note: "tool_choice.disable_parallel_tool_use." },
  "tool-results": { how: "kept", note: "Those of one turn stand together, ahead of words." },
  "tool-result-files": { how: "kept" },
  "failed-tool-results": { how: "kept" },
  "image-url": { how: "kept" },
  "image-base64": { how: "kept" },
  documents: { how: "kept", note: "PDF and text; others are refused." },
  audio: { how: "dropped", note: "Refused with 400." },
  "json-mode": { how: "approximated", note: "A tool whose input is the answer." },
  "json-schema": {
    how: "mapped",
    note: "Structured output with closed objects; on older models a tool whose input is the answer.",
  },
  stop: { how: "kept", note: "Not at white space alone." },
  seed: { how: "dropped" },
  "presence-penalty": { how: "dropped" },
  "frequency-penalty": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "dropped", note: "More than one is refused with 400." },
  "max-tokens": { how: "kept", note: "4096 where none is named; more where the model thinks." },
  temperature: { how: "kept", note: "Up to 1; not on models that take no sampling parameters." },
  "top-p": { how: "kept", note: "Not on models that take no sampling parameters." },
  "top-k": { how: "kept", note: "Not on models that take no sampling parameters." },
  "reasoning-effort": { how: "mapped", note: "An effort word or a token budget, by model." },
  "reasoning-budget": { how: "kept", note: "An effort word on models that take no budget." },
  "reasoning-text": { how: "kept", note: "With its signature; dropped without one." },
  "reasoning-signatures": { how: "kept" },
  "cache-points": {
    how: "kept",
    note: "For 5m or 1h; another lifetime becomes 1h. The last four, and none of 1h after one of 5m.",
  },
  citations: { how: "kept" },
  refusals: { how: "approximated", note: "Words in a request; stop_details in an answer." },
  user: { how: "mapped", note: "metadata.user_id." },
  "service-tier": { how: "mapped", note: "auto and standard_only." },
  "token-usage": { how: "kept" },
  "cached-token-usage": { how: "kept" },
};
