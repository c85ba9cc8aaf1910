import type { Fidelity } from "../../capabilities.ts";
import { completeOpenAiError, decodeOpenAiError, encodeOpenAiError } from "../../error-object.ts";
import type { WireFormat } from "../../wire-format.ts";
import { addMessages } from "../add-messages.ts";
import { openaiIntent } from "../intent.ts";
import { patchRequest } from "../options.ts";
import { ownPath, wirePath } from "../paths.ts";
import { withoutUsageChunk } from "../usage-chunk-filter.ts";
import { streamDecoder } from "./choice-decoder.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** OpenAI's Chat Completions and everything compatible with it. */
export const openaiChat: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
  streamTerminator: "data: [DONE]\n\n",
  intent: openaiIntent,
  decodeRequest,
  encodeRequest,
  patchRequest,
  addMessages,
  wirePath,
  ownPath,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  withoutUsage: withoutUsageChunk,
  decodeError: decodeOpenAiError,
  encodeError: encodeOpenAiError,
  completeError: completeOpenAiError,
};

/**
 * What Chat Completions carry of a canonical request or answer. Where OpenAI has no member, that of
 * a compatible vendor is used (`wire.ts` names them); providers say what they do not take.
 */
export const fidelity: Fidelity = {
  system: { how: "kept" },
  "system-in-place": { how: "kept" },
  "developer-role": { how: "kept" },
  "multi-turn": { how: "kept" },
  "participant-names": { how: "kept" },
  tools: { how: "kept" },
  "vendor-tools": { how: "dropped", note: "OpenAI's own are kept, other vendors' are not." },
  "strict-tools": { how: "kept" },
  "tool-choice": { how: "kept" },
  "allowed-tools": { how: "kept" },
  "parallel-tool-calls": { how: "kept" },
  "tool-results": { how: "kept" },
  "tool-result-files": {
    how: "approximated",
    note: "They follow as a user message, after the last result of the turn.",
  },
  "failed-tool-results": { how: "dropped", note: "The result's text stands alone." },
  "image-url": { how: "kept" },
  "image-base64": { how: "kept" },
  documents: { how: "kept" },
  audio: { how: "kept" },
  "json-mode": { how: "kept" },
  "json-schema": { how: "kept" },
  stop: { how: "kept" },
  seed: { how: "kept" },
  "presence-penalty": { how: "kept" },
  "frequency-penalty": { how: "kept" },
  logprobs: { how: "kept" },
  "choice-count": { how: "kept" },
  "max-tokens": { how: "kept", note: "max_tokens or max_completion_tokens, by model." },
  temperature: { how: "kept" },
  "top-p": { how: "kept" },
  "top-k": { how: "kept", note: "top_k, which compatible servers take." },
  "reasoning-effort": { how: "kept" },
  "reasoning-budget": { how: "approximated", note: "The effort word nearest above it." },
  "reasoning-text": { how: "kept", note: "reasoning_content." },
  "reasoning-signatures": { how: "kept", note: "reasoning_details." },
  "cache-points": { how: "kept", note: "cache_control." },
  citations: { how: "kept", note: "Those with an address, as url_citation." },
  refusals: { how: "kept" },
  user: { how: "kept" },
  "service-tier": { how: "kept" },
  "token-usage": { how: "kept" },
  "cached-token-usage": { how: "kept" },
};
