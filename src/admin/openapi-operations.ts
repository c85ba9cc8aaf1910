import { z } from "zod";
import { embeddingsRequestSchema, embeddingsSchema } from "../formats/embeddings/wire-schema.ts";
import {
  chatRequestSchema,
  contentPartSchema,
  messageSchema,
  toolSchema,
} from "../formats/openai/chat/request-wire-schema.ts";
import {
  answerMessageSchema,
  chatChunkSchema,
  chatCompletionSchema,
  chatStreamEventSchema,
  reasoningDetailSchema,
  toolCallSchema,
} from "../formats/openai/chat/wire-schema.ts";
import {
  completionRequestSchema,
  completionSchema,
  completionStreamEventSchema,
} from "../formats/openai/completions/wire-schema.ts";
import {
  responseRequestSchema,
  responseSchema,
  responseStreamEventSchema,
} from "../formats/openai/responses/wire-schema.ts";
import {
  errorSchema,
  modelListSchema,
  modelSchema,
  streamErrorSchema,
  usageSchema,
} from "../formats/openai/wire-schema.ts";

const providerErrorSchema = z
  .looseObject({})
  .describe("A provider's own error, passed on with its status as it came.");

/** The schemas that have a name in the description. */
export const NAMED_SCHEMAS = {
  ChatCompletionRequest: chatRequestSchema,
  Message: messageSchema,
  ContentPart: contentPartSchema,
  Tool: toolSchema,
  ChatCompletion: chatCompletionSchema,
  AnswerMessage: answerMessageSchema,
  ToolCall: toolCallSchema,
  ReasoningDetail: reasoningDetailSchema,
  ChatCompletionChunk: chatChunkSchema,
  ChatCompletionStreamEvent: chatStreamEventSchema,
  CompletionRequest: completionRequestSchema,
  Completion: completionSchema,
  CompletionStreamEvent: completionStreamEventSchema,
  EmbeddingsRequest: embeddingsRequestSchema,
  Embeddings: embeddingsSchema,
  ResponseRequest: responseRequestSchema,
  Response: responseSchema,
  ResponseStreamEvent: responseStreamEventSchema,
  Usage: usageSchema,
  Model: modelSchema,
  ModelList: modelListSchema,
  Error: errorSchema,
  StreamError: streamErrorSchema,
  ProviderError: providerErrorSchema,
} as const;

export type SchemaName = keyof typeof NAMED_SCHEMAS;

export const refTo = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

export const HEADERS = {
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

export const ERROR = {
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

const RESPONSE = {
  operationId: "createResponse",
  tags: ["responses"],
  summary: "Answer a conversation, as items.",
  requestBody: requestBody("ResponseRequest"),
  responses: {
    "200": answer(
      "The answer; as a stream, the data of each event is as described.",
      "Response",
      "ResponseStreamEvent",
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

export const TAGS = [
  { name: "chat", description: "Conversations." },
  { name: "completions", description: "Legacy text completions." },
  { name: "embeddings", description: "Texts as vectors." },
  { name: "responses", description: "Conversations, as items." },
  { name: "models", description: "What may be asked." },
];

export const PATHS = {
  "/v1/chat/completions": { post: CHAT },
  "/v1/completions": { post: COMPLETION },
  "/v1/embeddings": { post: EMBEDDINGS },
  "/v1/responses": { post: RESPONSE },
  "/v1/models": { get: MODELS },
  "/v1/models/{model}": { get: MODEL },
};
