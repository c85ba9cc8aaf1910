import type { Asked, Dialect } from "../dialect.ts";
import type { JsonObject } from "../json-schema.ts";
import { askedForVectors, tokensOf, vectorOf } from "../vectors.ts";
import { CohereRefusal, checkCohere } from "./cohere-check.ts";
import {
  checkCohereKey,
  cohereStamp,
  cohereStatusError,
  orCohereRefusal,
  readCohereJson,
} from "./cohere-http.ts";
import type { ObjectShape } from "./openai-check.ts";
import { isLenient } from "./openai-http.ts";
import { TOO_LONG } from "./too-long.ts";

const DOC = "https://docs.cohere.com/v2/reference/embed";

export const COHERE_EMBED: ObjectShape = {
  is: "object",
  members: {
    model: { is: "string" },
    texts: { is: "array", of: { is: "string" } },
    images: { is: "array", of: { is: "string" } },
    inputs: { is: "array", of: { is: "any" } },
    input_type: {
      is: "string",
      oneOf: ["search_document", "search_query", "classification", "clustering", "image"],
    },
    embedding_types: {
      is: "array",
      of: { is: "string", oneOf: ["float", "int8", "uint8", "binary", "ubinary", "base64"] },
    },
    output_dimension: { is: "integer" },
    max_tokens: { is: "integer" },
    truncate: { is: "string", oneOf: ["NONE", "START", "END"] },
    priority: { is: "integer" },
  },
  required: ["input_type"],
};

const MAX_TEXTS = 96;
const LENGTHS = [256, 512, 1024, 1536];

/** https://docs.cohere.com/v2/reference/embed; the lab gives floats, of texts. */
export const cohereEmbed: Dialect = {
  name: "cohere-embed",
  serves: ({ path }) => path.endsWith("/v2/embed"),
  receive: (request, desk) =>
    orCohereRefusal((): Asked => {
      checkCohereKey(request, desk);
      const wire = readCohereJson(request);
      const isOpen = isLenient(wire["model"], desk);
      checkCohere(wire, isOpen ? { ...COHERE_EMBED, open: true } : COHERE_EMBED, DOC);
      if (wire["model"] === undefined) throw new CohereRefusal("model is required.");
      const texts = cohereTexts(wire);
      const model = String(wire["model"]);
      const { id, headers } = cohereStamp(request, desk);
      return askedForVectors({
        model,
        texts,
        headers: [["content-type", "application/json"], ...headers],
        whole: (embedded) =>
          JSON.stringify({
            id,
            embeddings: { float: cohereFloats(embedded, wire, desk.seed) },
            texts: embedded,
            meta: {
              api_version: { version: "2" },
              billed_units: { input_tokens: tokensOf(embedded) },
            },
            response_type: "embeddings_by_type",
          }),
        error: (status) => cohereStatusError(status, model),
        tooLong: TOO_LONG.cohere,
      });
    }),
};

/** The texts of a request, here or on Bedrock. */
export function cohereTexts(wire: JsonObject): readonly string[] {
  const texts = Array.isArray(wire["texts"]) ? wire["texts"].map(String) : [];
  if (texts.length === 0) throw new CohereRefusal("at least one of texts, images is required.");
  if (texts.length > MAX_TEXTS) {
    throw new CohereRefusal(
      `invalid request: total number of texts must be at most ${MAX_TEXTS} - received ${texts.length}`,
    );
  }
  const length = wire["output_dimension"];
  if (length !== undefined && !LENGTHS.includes(Number(length))) {
    throw new CohereRefusal(`output_dimension must be one of ${LENGTHS.join(", ")}`);
  }
  return texts;
}

export function cohereFloats(texts: readonly string[], wire: JsonObject, seed: number) {
  const length = Number(wire["output_dimension"] ?? 1536);
  return texts.map((text) => vectorOf(text, length, seed));
}
