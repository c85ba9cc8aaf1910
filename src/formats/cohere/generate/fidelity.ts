import { type Fidelity, JOINED_FIDELITY } from "../../capabilities.ts";
import { COHERE_FIDELITY } from "../fidelity.ts";

/** What Cohere's completions carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...JOINED_FIDELITY,
  ...COHERE_FIDELITY,
  "tool-results": { how: "approximated", note: "Joined to the prompt." },
  "failed-tool-results": { how: "dropped" },
  "json-mode": { how: "dropped" },
  "json-schema": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "kept" },
};
