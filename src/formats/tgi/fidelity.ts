import { type Fidelity, TEXT_FIDELITY } from "../capabilities.ts";

/** What the servers of Text Generation Inference carry, however the prompt is made. */
export const TGI_FIDELITY = {
  ...TEXT_FIDELITY,
  "json-mode": { how: "mapped", note: "A grammar that any object fits." },
  "json-schema": { how: "mapped", note: "A grammar; the schema's name is not sent." },
  seed: { how: "kept", note: "Above 0." },
  "presence-penalty": { how: "dropped" },
  "frequency-penalty": { how: "kept" },
  logprobs: { how: "mapped", note: "At most 5 alternatives." },
  "choice-count": { how: "dropped" },
  "max-tokens": { how: "kept" },
  temperature: { how: "kept", note: "0 is said by do_sample: false." },
  "top-p": { how: "kept", note: "Above 0; 1 is said by leaving it out." },
  "top-k": { how: "kept", note: "Above 0." },
  citations: { how: "dropped" },
  user: { how: "dropped" },
  "token-usage": { how: "kept", note: "Where the server tells both sides." },
  "cached-token-usage": { how: "mapped", note: "Where the server puts OpenAI's usage beside." },
} as const satisfies Partial<Fidelity>;
