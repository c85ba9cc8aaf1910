import { z } from "zod";

/**
 * What OpenAI's Chat Completions and Completions share, as a client may write and read it. These
 * schemas describe and test the wire; requests and answers are read by the decoders.
 */

const tokenCount = z.int().min(0);

/** https://platform.openai.com/docs/api-reference/chat/object#chat/object-usage */
export const usageSchema = z
  .looseObject({
    prompt_tokens: tokenCount.describe("Every token of the prompt, cached or not."),
    completion_tokens: tokenCount.describe("Every generated token, reasoning included."),
    total_tokens: tokenCount,
    prompt_tokens_details: z
      .looseObject({
        cached_tokens: tokenCount.optional().describe("Read from the vendor's cache."),
        cache_write_tokens: tokenCount.optional().describe("Written to the vendor's cache."),
        audio_tokens: tokenCount.optional(),
      })
      .nullish(),
    completion_tokens_details: z
      .looseObject({
        reasoning_tokens: tokenCount.optional(),
        audio_tokens: tokenCount.optional(),
        accepted_prediction_tokens: tokenCount.optional(),
        rejected_prediction_tokens: tokenCount.optional(),
      })
      .nullish(),
    estimated: z
      .literal(true)
      .optional()
      .describe("Counted by the gateway, because the vendor reported nothing."),
    native: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("The vendor's own count, where it differs from the one it bills."),
  })
  .describe("What one call used, in tokens.");

/** An error of the gateway, in OpenAI's shape. */
export const errorSchema = z
  .looseObject({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe("The member that is at fault."),
      code: z.string().nullable(),
    }),
    request_id: z.string().describe("As in the header x-kong-request-id."),
    message: z
      .string()
      .optional()
      .describe("The same message, where the provider could not be reached."),
  })
  .describe("An error of the gateway. Codes: see the reference of errors.");

/** An error after the status was sent. */
export const streamErrorSchema = z
  .looseObject({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      code: z.union([z.string(), z.int()]).nullable(),
    }),
  })
  .describe("An error event: nothing of the answer follows.");

/** Members of a request that both operations have. */
export const optionMembers = {
  model: z
    .string()
    .nullish()
    .describe("May be left out where the configuration of the route names one."),
  max_tokens: z.int().nullish().describe("Cap on generated tokens."),
  max_completion_tokens: z.int().nullish().describe("The same by its newer name; it wins."),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish().describe("Not OpenAI's: for vendors that have it."),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  n: z.int().nullish().describe("How many answers to give."),
  user: z.string().nullish().describe("The end user, as the client names them."),
  stream: z.boolean().nullish().describe("Answer with server-sent events."),
  stream_options: z
    .looseObject({
      include_usage: z
        .boolean()
        .nullish()
        .describe("Send the usage as the last chunk, with no choices in it."),
    })
    .nullish(),
  extra_body: z
    .record(z.string(), z.unknown())
    .nullish()
    .describe("Merged into what is sent to the provider, in the provider's own dialect."),
};

export const finishReasonSchema = z
  .enum(["stop", "length", "tool_calls", "content_filter", "function_call"])
  .nullable();

/** The vendor's own word for a finish reason. */
export const nativeFinishReasonSchema = z
  .string()
  .optional()
  .describe("The vendor's own word, where it differs.");

/** Members at the head of every answer and chunk. */
export const headMembers = {
  id: z.string(),
  created: z.number().describe("Unix seconds."),
  model: z.string().describe("The model that answered."),
  service_tier: z.string().nullish(),
  system_fingerprint: z.string().nullish(),
};

/** https://platform.openai.com/docs/api-reference/models/object */
export const modelSchema = z.looseObject({
  id: z.string().describe("As it is written in a request."),
  object: z.literal("model"),
  created: z.int().optional().describe("Unix seconds; absent where it is not known."),
  owned_by: z.string().describe("The provider, or dragoman for a name of the configuration."),
});

export const modelListSchema = z.looseObject({
  object: z.literal("list"),
  data: z.array(modelSchema),
  unlisted: z
    .array(z.looseObject({ provider: z.string(), reason: z.string() }))
    .optional()
    .describe("Providers whose models are not listed, and why."),
});
