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
  Usage: usageSchema,
  Model: modelSchema,
  ModelList: modelListSchema,
  Error: errorSchema,
  StreamError: streamErrorSchema,
  ProviderError: providerErrorSchema,
} as const;

export type SchemaName = keyof typeof NAMED_SCHEMAS;

export const refTo = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

/** JSON Schema 2020-12, in which a named schema refers to the others. */
export function componentSchemas(): Readonly<Record<string, object>> {
  const registry = z.registry<{ id: string; description?: string }>();
  for (const [id, schema] of Object.entries(NAMED_SCHEMAS)) {
    const { description } = schema;
    registry.add(schema, description === undefined ? { id } : { id, description });
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // Bounds that only say what a JavaScript number can hold.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _s, $id: _i, ...schema }]) => [name, schema]),
  );
}
