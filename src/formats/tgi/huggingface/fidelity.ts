import { type Fidelity, JOINED_FIDELITY } from "../../capabilities.ts";
import { TGI_FIDELITY } from "../fidelity.ts";

/** What Hugging Face's text generation carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...JOINED_FIDELITY,
  ...TGI_FIDELITY,
  "tool-results": { how: "dropped", note: "Refused: the prompt is text." },
  "failed-tool-results": { how: "dropped", note: "Refused: the prompt is text." },
};
