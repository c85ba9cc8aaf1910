import type { Fidelity } from "../../capabilities.ts";
import { TGI_FIDELITY } from "../fidelity.ts";

/** What a prompt in Llama 2's or Mistral's template carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...TGI_FIDELITY,
  system: { how: "mapped", note: "Stands in the first question, as the template has it." },
  "system-in-place": { how: "approximated", note: "Said by the user of the turn that follows." },
  "developer-role": { how: "mapped", note: "Written as the system's." },
  "multi-turn": { how: "kept", note: "Tags of the template within a message are taken apart." },
  "tool-results": { how: "dropped" },
  "tool-result-files": { how: "dropped" },
  "failed-tool-results": { how: "dropped" },
  "image-url": { how: "dropped" },
  "image-base64": { how: "dropped" },
  documents: { how: "dropped", note: "Text documents are put into the prompt as text." },
  audio: { how: "dropped" },
  "reasoning-text": { how: "dropped" },
  "reasoning-signatures": { how: "dropped" },
  refusals: { how: "approximated", note: "Said as text." },
};
