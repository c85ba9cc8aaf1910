import { isJsonObject } from "../../chat/json.ts";
import { withoutAbsent } from "../fields.ts";
import {
  answerObject,
  type EmbeddingsFormat,
  type EmbeddingsRequest,
  leftOver,
  ownMembers,
  promptUsage,
  unusable,
  vectorsIn,
} from "./format.ts";

/** Cohere takes no more texts at once. */
const MAX_TEXTS = 96;
/** Members of Cohere's own that a client may write. */
const OWN = ["input_type", "truncate"];

/** What the texts are for, where the client does not say so as `input_type`. */
export function cohereEmbed(inputType: string): EmbeddingsFormat {
  return {
    name: "cohere-embed",
    maxTexts: MAX_TEXTS,
    fidelity: FIDELITY,
    /** https://docs.cohere.com/reference/embed */
    encodeRequest: (request) => ({
      wire: { model: request.model, ...members(request, inputType) },
      notices: leftOver(request, OWN),
    }),
    decodeResponse: (body) => {
      const { embeddings, meta } = answerObject(body);
      const units = isJsonObject(meta) ? meta["billed_units"] : undefined;
      return {
        vectors: floats(embeddings),
        ...promptUsage(isJsonObject(units) ? units["input_tokens"] : undefined),
      };
    },
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html */
export function cohereEmbedOnBedrock(inputType: string): EmbeddingsFormat {
  return {
    name: "cohere-embed-on-bedrock",
    maxTexts: MAX_TEXTS,
    fidelity: FIDELITY,
    encodeRequest: (request) => ({
      wire: members(request, inputType),
      notices: leftOver(request, OWN),
    }),
    decodeResponse: (body, headers) => ({
      vectors: floats(answerObject(body)["embeddings"]),
      ...promptUsage(Number(headers.get("x-amzn-bedrock-input-token-count") ?? Number.NaN)),
    }),
  };
}

const FIDELITY = {
  "token-input": "mapped",
  dimensions: "mapped",
  user: "dropped",
  purpose: "kept",
} as const;

function members(request: EmbeddingsRequest, inputType: string) {
  return withoutAbsent({
    texts: request.texts,
    input_type: inputType,
    embedding_types: ["float"],
    output_dimension: request.dimensions,
    ...ownMembers(request, OWN),
  });
}

/** By type, as asked for; older models on Bedrock give the one list they have. */
function floats(embeddings: unknown) {
  if (Array.isArray(embeddings)) return vectorsIn(embeddings);
  if (!isJsonObject(embeddings)) throw unusable("it holds no embeddings");
  return vectorsIn(embeddings["float"]);
}
