import { type Fidelity, TEXT_FIDELITY } from "../../capabilities.ts";
import type { WireFormat } from "../../wire-format.ts";
import { decodeAnthropicError, encodeAnthropicError } from "../error.ts";
import { decodeRequest, encodeRequest, intent, patchRequest } from "./request.ts";
import {
  decodeResponse,
  encodeResponse,
  FORMAT_NAME,
  streamDecoder,
  streamEncoder,
  UNDECODABLE,
} from "./response.ts";

/** Anthropic's retired text completions. */
export const anthropicComplete: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
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

const REFUSED = { how: "dropped", note: "Refused with 400: a prompt is one text." } as const;

/** What Anthropic's retired text completions carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...TEXT_FIDELITY,
  system: { how: "mapped", note: "Text without a heading." },
  "system-in-place": { how: "mapped", note: "Text without a heading, in place." },
  "developer-role": { how: "mapped", note: "As the system prompt." },
  "multi-turn": { how: "mapped", note: "Turns under Human: and Assistant:." },
  "tool-results": REFUSED,
  "tool-result-files": REFUSED,
  "failed-tool-results": REFUSED,
  "image-url": REFUSED,
  "image-base64": REFUSED,
  documents: REFUSED,
  audio: REFUSED,
  "json-mode": { how: "dropped" },
  "json-schema": { how: "dropped" },
  seed: { how: "dropped" },
  "presence-penalty": { how: "dropped" },
  "frequency-penalty": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "dropped", note: "More than one is refused with 400." },
  "max-tokens": { how: "kept", note: "4096 where none is named." },
  temperature: { how: "kept", note: "Up to 1." },
  "top-p": { how: "kept" },
  "top-k": { how: "kept" },
  "reasoning-text": REFUSED,
  "reasoning-signatures": REFUSED,
  citations: { how: "dropped" },
  refusals: REFUSED,
  user: { how: "mapped", note: "metadata.user_id." },
  "token-usage": { how: "dropped", note: "The API counts no tokens." },
  "cached-token-usage": { how: "dropped", note: "The API counts no tokens." },
};
