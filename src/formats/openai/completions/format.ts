import { type Fidelity, TEXT_FIDELITY } from "../../capabilities.ts";
import { completeOpenAiError, decodeOpenAiError, encodeOpenAiError } from "../../error-object.ts";
import type { WireFormat } from "../../wire-format.ts";
import { addMessages } from "../add-messages.ts";
import { openaiIntent } from "../intent.ts";
import { patchRequest } from "../options.ts";
import { ownPath, wirePath } from "../paths.ts";
import { withoutUsageChunk } from "../usage-chunk-filter.ts";
import { decodeRequest, encodeRequest, FORMAT_NAME } from "./request.ts";
import { decodeResponse, encodeResponse, UNDECODABLE } from "./response.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";

/** OpenAI's Completions and everything compatible with it. */
export const openaiCompletions: WireFormat = {
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

const REFUSED = { how: "dropped", note: "Refused with 400: this wire holds one prompt." } as const;
const NO_TEXT = { how: "dropped", note: "Refused with 400: a prompt is text." } as const;

/** What Completions carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...TEXT_FIDELITY,
  system: REFUSED,
  "system-in-place": REFUSED,
  "developer-role": REFUSED,
  "multi-turn": REFUSED,
  "tool-results": REFUSED,
  "tool-result-files": REFUSED,
  "failed-tool-results": REFUSED,
  "image-url": NO_TEXT,
  "image-base64": NO_TEXT,
  documents: NO_TEXT,
  audio: NO_TEXT,
  "json-mode": { how: "dropped" },
  "json-schema": { how: "dropped" },
  seed: { how: "kept" },
  "presence-penalty": { how: "kept" },
  "frequency-penalty": { how: "kept" },
  logprobs: { how: "kept" },
  "choice-count": { how: "kept" },
  "max-tokens": { how: "kept" },
  temperature: { how: "kept" },
  "top-p": { how: "kept" },
  "top-k": { how: "kept", note: "top_k, which compatible servers take." },
  "reasoning-text": REFUSED,
  "reasoning-signatures": REFUSED,
  citations: REFUSED,
  refusals: REFUSED,
  user: { how: "kept" },
  "token-usage": { how: "kept" },
  "cached-token-usage": { how: "kept" },
};
