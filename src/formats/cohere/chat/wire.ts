import type { Fidelity } from "../../capabilities.ts";
import { COHERE_CHAT_FIDELITY } from "../fidelity.ts";

/** Cohere's second API (https://docs.cohere.com/reference/chat). */
export const FORMAT_NAME = "cohere-chat";

/** What Cohere's second API carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...COHERE_CHAT_FIDELITY,
  system: { how: "kept" },
  "participant-names": { how: "dropped", note: "Participants have no names." },
  tools: { how: "kept" },
  "vendor-tools": { how: "dropped", note: "Cohere cannot run another vendor's tools." },
  "strict-tools": { how: "mapped", note: "One switch, strict_tools, for all tools." },
  "tool-choice": {
    how: "approximated",
    note: "none and required are kept; for a named tool only that tool is shown.",
  },
  "parallel-tool-calls": { how: "dropped", note: "Several calls cannot be forbidden." },
  "tool-results": { how: "kept" },
  "tool-result-files": {
    how: "approximated",
    note: "JSON files are documents; others follow as a user message.",
  },
  "failed-tool-results": { how: "dropped", note: "The result's text stands alone." },
  "image-url": { how: "kept" },
  "image-base64": { how: "kept" },
  logprobs: { how: "approximated", note: "Without the alternatives of top_logprobs." },
  "choice-count": { how: "dropped", note: "Cohere gives one answer." },
  "reasoning-effort": { how: "approximated", note: "Written as a token budget." },
  "reasoning-budget": { how: "kept" },
  "reasoning-text": { how: "kept" },
  "cache-points": { how: "dropped", note: "Cohere caches by itself." },
  citations: { how: "kept" },
};
