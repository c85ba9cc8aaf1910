import { VERSION } from "../version.ts";
import { componentSchemas, refTo, type SchemaName } from "./openapi-schemas.ts";

/**
 * The description of what clients ask and are answered, as OpenAPI 3.1
 * (https://spec.openapis.org/oas/v3.1.1.html). Paths are those of the short form; a route of a
 * declarative configuration serves the same under a path of its own.
 */
export function openApiDocument() {
  return {
    openapi: "3.1.1",
    info: {
      title: "Dragoman",
      version: VERSION,
      summary: "What clients ask of the gateway, and what they are answered.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The gateway's proxy listener." }],
    security: [{}, { bearer: [] }],
    tags: [
      { name: "chat", description: "Conversations." },
      { name: "completions", description: "Legacy text completions." },
      { name: "embeddings", description: "Texts as vectors." },
      { name: "models", description: "What may be asked." },
    ],
    paths: {
      "/v1/chat/completions": { post: CHAT },
      "/v1/completions": { post: COMPLETION },
      "/v1/embeddings": { post: EMBEDDINGS },
      "/v1/models": { get: MODELS },
      "/v1/models/{model}": { get: MODEL },
    },
    components: {
      schemas: componentSchemas(),
      headers: HEADERS,
      responses: { Error: ERROR },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "Where the configuration asks clients for a key.",
        },
      },
    },
  };
}

const HEADERS = {
  RequestId: {
    description: "The call's id, which its log record has too.",
    schema: { type: "string" },
  },
  Notices: {
    description: "What of the request the provider could not be told: `dropped seed, …`.",
    schema: { type: "string" },
  },
  RetryAfter: {
    description: "Seconds to wait before the next attempt.",
    schema: { type: "string" },
  },
} as const;

const headerRef = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });

const answerHeaders = {
  "x-kong-request-id": headerRef("RequestId"),
  "x-request-id": headerRef("RequestId"),
  "x-dragoman-notices": headerRef("Notices"),
};

const ERROR = {
  description: "The gateway's own error, or the provider's as it came.",
  headers: {
    "x-kong-request-id": headerRef("RequestId"),
    "x-request-id": headerRef("RequestId"),
    "retry-after": headerRef("RetryAfter"),
  },
  content: { "application/json": { schema: { anyOf: [refTo("Error"), refTo("ProviderError")] } } },
};

const errors = {
  "4XX": { $ref: "#/components/responses/Error" },
  "5XX": { $ref: "#/components/responses/Error" },
};

const jsonBody = (name: SchemaName) => ({ "application/json": { schema: refTo(name) } });

function requestBody(name: SchemaName) {
  return { required: true, content: jsonBody(name) };
}

/** A whole answer, or with `stream: true` server-sent events whose data are the stream's events. */
function answer(description: string, whole: SchemaName, event: SchemaName) {
  return {
    description,
    headers: answerHeaders,
    content: {
      ...jsonBody(whole),
      "text/event-stream": { schema: refTo(event) },
    },
  };
}

const CHAT = {
  operationId: "createChatCompletion",
  tags: ["chat"],
  summary: "Answer a conversation.",
  requestBody: requestBody("ChatCompletionRequest"),
  responses: {
    "200": answer(
      "The answer; as a stream, the data of each event is as described, and `[DONE]` the last.",
      "ChatCompletion",
      "ChatCompletionStreamEvent",
    ),
    ...errors,
  },
};

const COMPLETION = {
  operationId: "createCompletion",
  tags: ["completions"],
  summary: "Go on with a text.",
  requestBody: requestBody("CompletionRequest"),
  responses: {
    "200": answer(
      "The text; as a stream, the data of each event is as described, and `[DONE]` the last.",
      "Completion",
      "CompletionStreamEvent",
    ),
    ...errors,
  },
};

const EMBEDDINGS = {
  operationId: "createEmbedding",
  tags: ["embeddings"],
  summary: "Turn texts into vectors.",
  requestBody: requestBody("EmbeddingsRequest"),
  responses: {
    "200": {
      description: "A vector for each input, in the inputs' order.",
      headers: answerHeaders,
      content: jsonBody("Embeddings"),
    },
    ...errors,
  },
};

const MODELS = {
  operationId: "listModels",
  tags: ["models"],
  summary: "The configured names, and the models that providers list themselves.",
  responses: {
    "200": { description: "The models.", content: jsonBody("ModelList") },
    ...errors,
  },
};

const MODEL = {
  operationId: "getModel",
  tags: ["models"],
  summary: "One of the models.",
  parameters: [
    {
      name: "model",
      in: "path",
      required: true,
      description: "As it is listed; a slash in it may stand as it is.",
      schema: { type: "string" },
    },
  ],
  responses: {
    "200": { description: "The model.", content: jsonBody("Model") },
    ...errors,
  },
};
