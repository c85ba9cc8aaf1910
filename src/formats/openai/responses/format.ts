import type { Fidelity } from "../../capabilities.ts";
import { completeOpenAiError, decodeOpenAiError, encodeOpenAiError } from "../../error-object.ts";
import type { WireFormat } from "../../wire-format.ts";
import { addMessages } from "../add-messages.ts";
import { openaiIntent } from "../intent.ts";
import { decodeResponse } from "./decode-answer.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeResponse, streamEncoder } from "./encode-answer.ts";
import { encodeRequest } from "./encode-request.ts";
import { hasInput } from "./items.ts";
import { checkTranslatable, decodeRequest, patchRequest } from "./request.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** OpenAI's Responses and everything compatible with them. */
export const openaiResponses: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
  answersRepeatRequest: true,
  // Codex asks again after 402, and stops at 429 with `insufficient_quota`.
  spentStatus: 429,
  intent: { ...openaiIntent, choiceCount: () => 1, wantsUsage: () => true, hasPrompt: hasInput },
  checkTranslatable,
  decodeRequest,
  encodeRequest,
  patchRequest,
  addMessages,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError: decodeOpenAiError,
  encodeError: encodeOpenAiError,
  completeError: completeOpenAiError,
};

/** What Responses carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  system: { how: "kept" },
  "system-in-place": { how: "kept" },
  "developer-role": { how: "kept" },
  "multi-turn": { how: "kept" },
  "participant-names": { how: "dropped" },
  tools: { how: "kept" },
  "vendor-tools": { how: "dropped", note: "OpenAI's own are kept, other vendors' are not." },
  "strict-tools": { how: "kept" },
  "tool-choice": { how: "kept" },
  "allowed-tools": { how: "kept" },
  "parallel-tool-calls": { how: "kept" },
  "tool-results": { how: "kept" },
  "tool-result-files": { how: "kept" },
  "failed-tool-results": { how: "dropped", note: "The result's text stands alone." },
  "image-url": { how: "kept" },
  "image-base64": { how: "kept" },
  documents: { how: "kept" },
  audio: { how: "kept" },
  "json-mode": { how: "kept" },
  "json-schema": { how: "kept" },
  stop: { how: "dropped" },
  seed: { how: "dropped" },
  "presence-penalty": { how: "dropped" },
  "frequency-penalty": { how: "dropped" },
  logprobs: { how: "kept" },
  "choice-count": { how: "dropped" },
  "max-tokens": { how: "kept" },
  temperature: { how: "kept" },
  "top-p": { how: "kept" },
  "top-k": { how: "dropped" },
  "reasoning-effort": { how: "kept" },
  "reasoning-budget": { how: "approximated", note: "The effort word nearest above it." },
  "reasoning-text": { how: "dropped", note: "Told in answers as a summary; not sent back." },
  "reasoning-signatures": { how: "dropped", note: "Kept for the vendor in encrypted_content." },
  "cache-points": { how: "dropped" },
  citations: { how: "kept", note: "Those with an address, as url_citation." },
  refusals: { how: "kept" },
  user: { how: "kept" },
  "service-tier": { how: "kept" },
  "token-usage": { how: "kept" },
  "cached-token-usage": { how: "kept" },
};
