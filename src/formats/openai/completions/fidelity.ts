import { type Fidelity, TEXT_FIDELITY } from "../../capabilities.ts";

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

/** OpenAI's Completions, the older text endpoint: https://platform.openai.com/docs/api-reference/completions */
export const FORMAT_NAME = "openai-completions";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode llm/v1/completions response";
