import type { Dialect } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import { askedForVectors, tokensOf, type VectorsAsked, vectorOf } from "../vectors.ts";
import {
  checkKey,
  GeminiRefusal,
  geminiError,
  geminiStatusError,
  geminiText,
  readJson,
} from "./gemini-http.ts";
import { type Message, readMessage } from "./gemini-request.ts";
import { TOO_LONG } from "./too-long.ts";

const PUBLIC = /\/v1(?:alpha|beta)?\/models\/(.+):(embedContent|batchEmbedContents)$/;
const VERTEX =
  /\/v1(?:beta1)?\/projects\/[^/]+\/locations\/[^/]+\/publishers\/google\/models\/([^/:]+):predict$/;

const CONTENT: Message = {
  is: "message",
  fields: () => ({
    role: { is: "string" },
    parts: {
      is: "list",
      of: { is: "message", fields: () => ({ text: { is: "string" } }) },
    },
  }),
};

const TASK_TYPES = {
  is: "enum",
  name: "type.googleapis.com/google.ai.generativelanguage.v1beta.TaskType",
  words: [
    "TASK_TYPE_UNSPECIFIED",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
    "CODE_RETRIEVAL_QUERY",
  ],
} as const;

const EMBED: Message = {
  is: "message",
  fields: () => ({
    model: { is: "string" },
    content: CONTENT,
    task_type: TASK_TYPES,
    title: { is: "string" },
    output_dimensionality: { is: "int32" },
  }),
};

const BATCH: Message = {
  is: "message",
  fields: () => ({ requests: { is: "list", of: EMBED } }),
};

const PREDICT: Message = {
  is: "message",
  fields: () => ({
    instances: {
      is: "list",
      of: {
        is: "message",
        fields: () => ({
          content: { is: "string" },
          task_type: TASK_TYPES,
          title: { is: "string" },
        }),
      },
    },
    parameters: {
      is: "message",
      fields: () => ({
        output_dimensionality: { is: "int32" },
        auto_truncate: { is: "bool" },
      }),
    },
  }),
};

const MAX_BATCH = 100;
const MAX_INSTANCES = 250;

/** https://ai.google.dev/api/embeddings, and Vertex AI's `predict`. */
export const geminiEmbed: Dialect = {
  name: "gemini-embed",
  serves: ({ path }) => PUBLIC.test(path) || VERTEX.test(path),
  receive: (request, desk) => {
    try {
      const vertex = VERTEX.exec(request.path)?.[1];
      checkKey(request, desk, vertex !== undefined);
      const asked = vertex === undefined ? readPublic(request) : readPredict(request, vertex);
      return askedForVectors({
        ...asked,
        headers: [["content-type", "application/json; charset=UTF-8"]],
        whole: (texts) => {
          const vectors = texts.map((text) => vectorOf(text, asked.length, desk.seed));
          return geminiText(asked.write(vectors, texts));
        },
        error: (status) => geminiStatusError(status, asked.model),
        tooLong: TOO_LONG.gemini,
      });
    } catch (error) {
      if (!(error instanceof GeminiRefusal)) throw error;
      return geminiError(error.status, error.message, error.details);
    }
  },
};

interface Read extends Pick<VectorsAsked, "model" | "texts"> {
  readonly length: number;
  write(vectors: readonly (readonly number[])[], texts: readonly string[]): JsonObject;
}

function readPublic(request: HttpRequest): Read {
  const [, name = "", action] = PUBLIC.exec(request.path) ?? [];
  const model = decodeURIComponent(name);
  if (action === "embedContent") {
    const one = readMessage(readJson(request), EMBED, { path: "", lenient: false });
    return {
      model,
      texts: [textOf(one["content"])],
      length: lengthOf(one, model),
      write: ([values]) => ({ embedding: { values } }),
    };
  }
  const { requests } = readMessage(readJson(request), BATCH, { path: "", lenient: false });
  const list = Array.isArray(requests) ? requests.filter(isObject) : [];
  if (list.length === 0)
    throw invalid("* BatchEmbedContentsRequest.requests: at least one request is required");
  if (list.length > MAX_BATCH) {
    throw invalid(
      `* BatchEmbedContentsRequest.requests: at most ${MAX_BATCH} requests can be in one batch`,
    );
  }
  for (const one of list) {
    if (one["model"] === `models/${model}`) continue;
    throw invalid("* BatchEmbedContentsRequest.requests.model: model must match the batch's model");
  }
  return {
    model,
    texts: list.map((one) => textOf(one["content"])),
    length: lengthOf(list[0] ?? {}, model),
    write: (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }),
  };
}

function textOf(content: unknown): string {
  const parts = isObject(content) && Array.isArray(content["parts"]) ? content["parts"] : [];
  if (parts.length === 0) throw invalid("* EmbedContentRequest.content: contents is not specified");
  return parts
    .filter(isObject)
    .map(({ text }) => String(text))
    .join("");
}

function readPredict(request: HttpRequest, name: string): Read {
  const model = decodeURIComponent(name);
  const read = readMessage(readJson(request), PREDICT, { path: "", lenient: false });
  const instances = Array.isArray(read["instances"]) ? read["instances"].filter(isObject) : [];
  const most = model.startsWith("gemini-") ? 1 : MAX_INSTANCES;
  if (instances.length === 0 || instances.length > most) {
    throw new GeminiRefusal(
      400,
      `${instances.length} instance(s) is allowed per prediction. Actual: ${instances.length}, allowed: ${most}`,
    );
  }
  return {
    model,
    texts: instances.map(({ content }) => String(content)),
    length: lengthOf(isObject(read["parameters"]) ? read["parameters"] : {}, model),
    write: (vectors, texts) => ({
      predictions: vectors.map((values, at) => ({
        embeddings: {
          values,
          statistics: { token_count: tokensOf([texts[at] ?? ""]), truncated: false },
        },
      })),
    }),
  };
}

function lengthOf(options: JsonObject, model: string): number {
  const asked = options["output_dimensionality"];
  if (typeof asked === "number") return asked;
  return model.startsWith("gemini-embedding") ? 3072 : 768;
}

function invalid(message: string): GeminiRefusal {
  return new GeminiRefusal(400, message);
}
