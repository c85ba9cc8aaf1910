import { isJsonObject, type Json } from "../../chat/json.ts";
import { withoutAbsent } from "../fields.ts";
import {
  answerObject,
  type EmbeddingsFidelity,
  type EmbeddingsFormat,
  leftOver,
  ownMembers,
  promptUsage,
  unusable,
  vectorIn,
  vectorsIn,
} from "./format.ts";

/** What the texts are for, in Google's words. */
const OWN = ["task_type"];

const FIDELITY: EmbeddingsFidelity = {
  "token-input": "mapped",
  dimensions: "mapped",
  user: "dropped",
  purpose: "mapped",
};

/** https://ai.google.dev/api/embeddings#method:-models.batchembedcontents */
export const geminiEmbed: EmbeddingsFormat = {
  name: "gemini-embed",
  maxTexts: 100,
  fidelity: FIDELITY,
  encodeRequest: (request) => {
    const shared = withoutAbsent({
      taskType: ownMembers(request, OWN)["task_type"],
      outputDimensionality: request.dimensions,
    });
    const requests = request.texts.map((text) => ({
      model: `models/${request.model}`,
      content: { parts: [{ text }] },
      ...shared,
    }));
    return { wire: { requests }, notices: leftOver(request, OWN) };
  },
  decodeResponse: (body) => {
    const { embeddings, usageMetadata } = answerObject(body);
    return {
      vectors: vectorsIn(list(embeddings).map((one) => isJsonObject(one) && one["values"])),
      ...promptUsage(isJsonObject(usageMetadata) ? usageMetadata["promptTokenCount"] : undefined),
    };
  },
};

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
export function vertexEmbed(model: string): EmbeddingsFormat {
  return {
    name: "vertex-predict",
    maxTexts: model.startsWith("gemini-") ? 1 : 250,
    fidelity: { ...FIDELITY, purpose: "kept" },
    encodeRequest: (request) => {
      const own = ownMembers(request, OWN);
      const instances = request.texts.map((content) => ({ content, ...own }));
      const { dimensions } = request;
      const parameters = dimensions && { parameters: { outputDimensionality: dimensions } };
      return { wire: { instances, ...parameters }, notices: leftOver(request, OWN) };
    },
    decodeResponse: (body) => {
      const predictions = list(answerObject(body)["predictions"]).map(readPrediction);
      const counts = predictions.map(({ tokens }) => tokens);
      const isCounted = counts.every((tokens) => typeof tokens === "number");
      return {
        vectors: predictions.map(({ vector }) => vector),
        ...promptUsage(isCounted ? counts.reduce((sum, tokens) => sum + tokens, 0) : undefined),
      };
    },
  };
}

function readPrediction(prediction: Json) {
  const embeddings = isJsonObject(prediction) ? prediction["embeddings"] : undefined;
  if (!isJsonObject(embeddings)) throw unusable("a prediction in it holds no embeddings");
  const { values, statistics } = embeddings;
  return {
    vector: vectorIn(values),
    tokens: isJsonObject(statistics) ? statistics["token_count"] : undefined,
  };
}

function list(value: Json | undefined): readonly Json[] {
  if (!Array.isArray(value)) throw unusable("it holds no list of embeddings");
  return value;
}
