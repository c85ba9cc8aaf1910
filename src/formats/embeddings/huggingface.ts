import {
  droppedDimensions,
  type EmbeddingsFormat,
  leftOver,
  ownMembers,
  unusable,
  vectorsIn,
} from "./format.ts";

/** https://huggingface.co/docs/inference-providers/tasks/feature-extraction; no usage is told. */
export const huggingfaceFeatures: EmbeddingsFormat = {
  name: "huggingface-features",
  maxTexts: 32,
  fidelity: {
    "token-input": "mapped",
    dimensions: "dropped",
    user: "dropped",
    purpose: "kept",
  },
  encodeRequest: (request) => ({
    wire: { inputs: request.texts, ...ownMembers(request, OWN) },
    notices: [...droppedDimensions(request), ...leftOver(request, OWN)],
  }),
  decodeResponse: (body) => {
    if (Array.isArray(body) && Array.isArray(body[0]) && Array.isArray(body[0][0])) {
      throw unusable("it holds a vector for each token: the model makes no vectors of texts");
    }
    return { vectors: vectorsIn(body) };
  },
};

const OWN = ["normalize", "truncate", "prompt_name", "truncation_direction"];
