import type { Dialect, Reply } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { askedForVectors, tokensOf, vectorOf } from "../vectors.ts";
import { check, type Shape } from "./bedrock-check.ts";
import {
  BedrockRefusal,
  bedrockError,
  bedrockStatusError,
  checkCredential,
  requestId,
} from "./bedrock-http.ts";
import { CohereRefusal, checkCohere } from "./cohere-check.ts";
import { COHERE_EMBED, cohereFloats, cohereTexts } from "./cohere-embed.ts";
import { TOO_LONG } from "./too-long.ts";

const PATH = /^\/model\/([^/]+)\/invoke$/;

const text = { is: "string", min: 1 } as const;

const TITAN_V1: Shape = { is: "object", members: { inputText: text }, required: ["inputText"] };
const TITAN_V2: Shape = {
  is: "object",
  members: {
    inputText: text,
    dimensions: { is: "number", min: 256, max: 1024, whole: true },
    normalize: { is: "boolean" },
    embeddingTypes: { is: "array", of: { is: "string", oneOf: ["float", "binary"] } },
  },
  required: ["inputText"],
};

/** What a model of this name is asked, and answers. */
interface Embedder {
  texts(wire: JsonObject): readonly string[];
  write(texts: readonly string[], wire: JsonObject, seed: number): JsonObject;
}

const STRICT = { lenient: false };

const TITAN_FIRST: Embedder = {
  texts: (wire) => {
    check(wire, TITAN_V1, "", STRICT);
    return [String(wire["inputText"])];
  },
  write: ([only], _wire, seed) => titan(only, 1536, seed),
};

const TITAN_SECOND: Embedder = {
  texts: (wire) => {
    check(wire, TITAN_V2, "", STRICT);
    return [String(wire["inputText"])];
  },
  write: ([only], wire, seed) => titan(only, Number(wire["dimensions"] ?? 1024), seed),
};

function titan(only: string | undefined, length: number, seed: number): JsonObject {
  if (only === undefined) return { inputTextTokenCount: 0 };
  return { embedding: vectorOf(only, length, seed), inputTextTokenCount: tokensOf([only]) };
}

const COHERE: Embedder = {
  texts: (wire) => {
    const { model: _, ...members } = COHERE_EMBED.members;
    checkCohere(wire, { ...COHERE_EMBED, members }, "the model's page");
    return cohereTexts(wire);
  },
  write: (texts, wire, seed) => ({
    embeddings: { float: cohereFloats(texts, wire, seed) },
    id: "0d0cd9dd-1a8c-4b9b-9bf6-2e7c0e0b7d8e",
    response_type: "embeddings_by_type",
    texts,
  }),
};

function embedderOf(model: string): Embedder | undefined {
  if (/(?:^|[./])amazon\.titan-embed-text-v2/.test(model)) return TITAN_SECOND;
  if (/(?:^|[./])amazon\.titan-embed/.test(model)) return TITAN_FIRST;
  return /(?:^|[./])cohere\.embed/.test(model) ? COHERE : undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html, for models that embed. */
export const bedrockEmbed: Dialect = {
  name: "bedrock-embed",
  serves: ({ path }) => PATH.test(path),
  receive: (request, desk) => {
    try {
      checkCredential(request, desk.keys);
      const model = decodeURIComponent(PATH.exec(request.path)?.[1] ?? "");
      const embedder = embedderOf(model);
      if (!embedder) return bedrockStatusError(404);
      const wire = readBody(request);
      const texts = embedder.texts(wire);
      return askedForVectors({
        model,
        texts,
        headers: [
          ["content-type", "application/json"],
          ["x-amzn-requestid", requestId(`${request.path}\n${Buffer.from(request.body)}`)],
          ["x-amzn-bedrock-input-token-count", String(tokensOf(texts))],
        ],
        whole: (embedded) => JSON.stringify(embedder.write(embedded, wire, desk.seed)),
        error: bedrockStatusError,
        tooLong: TOO_LONG.bedrock,
      });
    } catch (error) {
      return refusalOf(error);
    }
  },
};

function refusalOf(error: unknown): Reply {
  if (error instanceof BedrockRefusal) return bedrockError(error.status, error.type, error.message);
  if (error instanceof CohereRefusal)
    return bedrockError(400, "ValidationException", error.message);
  throw error;
}

function readBody(request: HttpRequest): JsonObject {
  const body = jsonOf(request.body);
  if (isObject(body)) return body;
  throw new BedrockRefusal("Malformed input request, please reformat your input and try again.");
}
