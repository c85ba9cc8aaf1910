import type { Fidelity } from "../../capabilities.ts";
import { COHERE_CHAT_FIDELITY } from "../fidelity.ts";

/** Cohere's first chat API (https://docs.cohere.com/v1/reference/chat). */
export const FORMAT_NAME = "cohere-chat-v1";

/** What Cohere's first chat API carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...COHERE_CHAT_FIDELITY,
  system: { how: "mapped", note: "The first is the preamble; several texts become one." },
  "participant-names": { how: "dropped" },
  tools: {
    how: "mapped",
    note: "Types, descriptions and necessity; deeper schemas are approximated.",
  },
  "vendor-tools": { how: "dropped" },
  "strict-tools": { how: "dropped" },
  "tool-choice": { how: "approximated", note: "none hides the tools; no call can be demanded." },
  "parallel-tool-calls": { how: "dropped" },
  "tool-results": { how: "mapped", note: "Text that is no object is the member output of one." },
  "tool-result-files": { how: "dropped", note: "Text files are put in as text." },
  "failed-tool-results": { how: "dropped" },
  "image-url": { how: "dropped" },
  "image-base64": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "dropped" },
  "reasoning-effort": { how: "dropped" },
  "reasoning-budget": { how: "dropped" },
  "reasoning-text": { how: "dropped" },
  "cache-points": { how: "dropped" },
  citations: { how: "dropped", note: "Kept in answers, not sent back with the history." },
};
