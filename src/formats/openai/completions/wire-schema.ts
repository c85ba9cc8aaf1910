import { z } from "zod";
import {
  finishReasonSchema,
  headMembers,
  nativeFinishReasonSchema,
  optionMembers,
  streamErrorSchema,
  usageSchema,
} from "../wire-schema.ts";

/** https://platform.openai.com/docs/api-reference/completions/create */
export const completionRequestSchema = z.looseObject({
  ...optionMembers,
  prompt: z
    .union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
    .describe("One text; several, and tokens, reach only a provider of the same dialect."),
  logprobs: z.int().nullish().describe("How many of the likeliest tokens to name."),
});

const logprobsSchema = z
  .looseObject({
    tokens: z.array(z.string()),
    token_logprobs: z.array(z.number().nullable()),
    top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullable(),
    text_offset: z.array(z.int()),
  })
  .nullable();

const choiceSchema = z.looseObject({
  text: z.string(),
  index: z.int(),
  logprobs: logprobsSchema.optional(),
  finish_reason: finishReasonSchema,
  native_finish_reason: nativeFinishReasonSchema,
});

/** https://platform.openai.com/docs/api-reference/completions/object; a chunk has the same members. */
export const completionSchema = z.looseObject({
  ...headMembers,
  object: z.literal("text_completion"),
  choices: z.array(choiceSchema).describe("Empty in the chunk that reports the usage."),
  usage: usageSchema.nullish(),
});

/** The data of one event; the last is `[DONE]`. */
export const completionStreamEventSchema = z.union([
  completionSchema,
  streamErrorSchema,
  z.literal("[DONE]"),
]);
