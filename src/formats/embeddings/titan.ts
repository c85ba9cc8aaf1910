import { withoutAbsent } from "../fields.ts";
import type { EncodedRequest } from "../wire-format.ts";
import {
  answerObject,
  droppedDimensions,
  type EmbeddingsFormat,
  type EmbeddingsRequest,
  leftOver,
  promptUsage,
  vectorIn,
} from "./format.ts";

/**
 * Amazon's Titan text embeddings, one text a request
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html).
 * The first version gives vectors of one length, as they are.
 */
export function titanEmbed(model: string, normalize: boolean): EmbeddingsFormat {
  const isFirst = /titan-embed-(?:g1-)?text-(?:01|v1|02)/.test(model);
  return {
    name: isFirst ? "titan-embed-v1" : "titan-embed-v2",
    maxTexts: 1,
    fidelity: {
      "token-input": "mapped",
      dimensions: isFirst ? "dropped" : "kept",
      user: "dropped",
      purpose: "dropped",
    },
    encodeRequest: (request) => (isFirst ? first(request) : second(request, normalize)),
    decodeResponse: (body) => {
      const { embedding, inputTextTokenCount } = answerObject(body);
      return { vectors: [vectorIn(embedding)], ...promptUsage(inputTextTokenCount) };
    },
  };
}

function first(request: EmbeddingsRequest): EncodedRequest {
  return {
    wire: { inputText: request.texts[0] },
    notices: [...droppedDimensions(request), ...leftOver(request)],
  };
}

function second(request: EmbeddingsRequest, normalize: boolean): EncodedRequest {
  const [inputText] = request.texts;
  const { dimensions } = request;
  return {
    wire: withoutAbsent({ inputText, dimensions, normalize }),
    notices: leftOver(request),
  };
}
