import { withoutAbsent } from "../fields.ts";
import {
  answerObject,
  type EmbeddingsFormat,
  leftOver,
  ownMembers,
  promptUsage,
  vectorsIn,
} from "./format.ts";

/** https://docs.ollama.com/api/embed */
export const ollamaEmbed: EmbeddingsFormat = {
  name: "ollama-embed",
  // Ollama itself names no number.
  maxTexts: 2048,
  fidelity: {
    "token-input": "mapped",
    dimensions: "kept",
    user: "dropped",
    purpose: "dropped",
  },
  encodeRequest: (request) => {
    const { model, texts: input, dimensions } = request;
    return {
      wire: withoutAbsent({ model, input, dimensions, ...ownMembers(request, OWN) }),
      notices: leftOver(request, OWN),
    };
  },
  decodeResponse: (body) => {
    const { embeddings, model, prompt_eval_count: tokens } = answerObject(body);
    return {
      vectors: vectorsIn(embeddings),
      ...(typeof model === "string" && { model }),
      ...promptUsage(tokens),
    };
  },
};

const OWN = ["truncate", "keep_alive", "options"];
