import { type Fidelity, TEXT_FIDELITY } from "../../capabilities.ts";
import { OLLAMA_FIDELITY } from "../fidelity.ts";

/** What Ollama's completions carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...TEXT_FIDELITY,
  ...OLLAMA_FIDELITY,
  system: { how: "kept" },
  "system-in-place": { how: "approximated", note: "All system texts stand before the prompt." },
  "developer-role": { how: "mapped", note: "Written as the system text." },
  "multi-turn": { how: "approximated", note: "The turns are joined to one prompt." },
  "tool-results": { how: "approximated", note: "Joined to the prompt." },
  "tool-result-files": { how: "approximated", note: "Images stand beside the prompt." },
  documents: { how: "dropped", note: "Text documents are put into the prompt as text." },
  "reasoning-text": { how: "dropped", note: "In a request; kept in an answer." },
};
