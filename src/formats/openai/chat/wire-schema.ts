import { z } from "zod";
import {
  finishReasonSchema,
  headMembers,
  nativeFinishReasonSchema,
  streamErrorSchema,
  usageSchema,
} from "../wire-schema.ts";

/**
 * Answers and chunks of Chat Completions as a client reads them: `wire.ts` has the objects that the
 * gateway writes, and a vendor of the same dialect may add members.
 */

export const extraContentSchema = z.looseObject({
  google: z.looseObject({ thought_signature: z.string() }).optional(),
});

const functionCallSchema = z.looseObject({
  name: z.string(),
  arguments: z.string().describe("JSON text."),
});

export const toolCallSchema = z.looseObject({
  id: z.string(),
  type: z.enum(["function", "custom"]),
  function: functionCallSchema.optional(),
  custom: z.looseObject({ name: z.string(), input: z.string() }).optional(),
  extra_content: extraContentSchema.optional(),
});

/** Opaque state of reasoning: to be sent back with the next turn as it came. */
export const reasoningDetailSchema = z.union([
  z.looseObject({
    type: z.literal("reasoning.text"),
    text: z.string(),
    signature: z.string().optional(),
    format: z.string().optional().describe("Whose signature it is, as OpenRouter names it."),
  }),
  z.looseObject({
    type: z.literal("reasoning.encrypted"),
    data: z.string(),
    text: z.string().optional(),
    signature: z.string().optional(),
    format: z.string().optional().describe("Whose signature it is, as OpenRouter names it."),
  }),
]);

export const annotationSchema = z.looseObject({
  type: z.string(),
  url_citation: z
    .looseObject({
      url: z.string(),
      title: z.string(),
      start_index: z.int().optional(),
      end_index: z.int().optional(),
      content: z.string().optional(),
    })
    .optional(),
});

const logprobSchema = z.looseObject({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int()).nullish(),
  top_logprobs: z.array(z.looseObject({ token: z.string(), logprob: z.number() })).optional(),
});

const logprobsSchema = z
  .looseObject({
    content: z.array(logprobSchema).nullable(),
    refusal: z.array(logprobSchema).nullish(),
  })
  .nullable();

export const answerMessageSchema = z.looseObject({
  role: z.literal("assistant"),
  content: z.string().nullable(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish().describe("Reasoning as plain text."),
  reasoning_details: z
    .array(reasoningDetailSchema)
    .optional()
    .describe("Every block of reasoning, with what the vendor wants back unchanged."),
  tool_calls: z.array(toolCallSchema).optional(),
  function_call: z
    .looseObject({ name: z.string(), arguments: z.string() })
    .optional()
    .describe("For a request with `functions`, the older form of tools."),
  annotations: z.array(annotationSchema).optional(),
  extra_content: extraContentSchema.optional(),
});

export const choiceSchema = z.looseObject({
  index: z.int(),
  message: answerMessageSchema,
  logprobs: logprobsSchema.optional(),
  finish_reason: finishReasonSchema,
  native_finish_reason: nativeFinishReasonSchema,
});

/** https://platform.openai.com/docs/api-reference/chat/object */
export const chatCompletionSchema = z.looseObject({
  ...headMembers,
  object: z.literal("chat.completion"),
  choices: z.array(choiceSchema).min(1),
  usage: usageSchema.optional(),
});

/** A part of a tool call: the id and the name stand in the first, the arguments are to be joined. */
const toolCallDeltaSchema = z.looseObject({
  index: z.int(),
  id: z.string().optional(),
  type: z.enum(["function", "custom"]).optional(),
  function: z
    .looseObject({ name: z.string().optional(), arguments: z.string().optional() })
    .optional(),
  custom: z.looseObject({ name: z.string().optional(), input: z.string().optional() }).optional(),
  extra_content: extraContentSchema.optional(),
});

const deltaSchema = z.looseObject({
  role: z.literal("assistant").optional(),
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning_details: z.array(reasoningDetailSchema).optional(),
  tool_calls: z.array(toolCallDeltaSchema).optional(),
  function_call: z
    .looseObject({ name: z.string().optional(), arguments: z.string().optional() })
    .optional(),
  annotations: z.array(annotationSchema).optional(),
  extra_content: extraContentSchema.optional(),
});

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export const chatChunkSchema = z.looseObject({
  ...headMembers,
  // Azure's first chunk, with its verdict on the prompt, names nothing.
  object: z.enum(["chat.completion.chunk", ""]),
  choices: z
    .array(
      z.looseObject({
        index: z.int(),
        delta: deltaSchema,
        logprobs: logprobsSchema.optional(),
        finish_reason: finishReasonSchema.optional(),
        native_finish_reason: nativeFinishReasonSchema,
      }),
    )
    .describe("Empty in the chunk that reports the usage."),
  usage: usageSchema.nullish(),
});

/** The data of one event; the last is `[DONE]`. */
export const chatStreamEventSchema = z.union([
  chatChunkSchema,
  streamErrorSchema,
  z.literal("[DONE]"),
]);
