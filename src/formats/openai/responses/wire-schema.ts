import { z } from "zod";

/** Items and tools are described as far as every kind has it in common: OpenAI adds kinds all the time. */
const itemSchema = z
  .looseObject({ type: z.string().optional() })
  .describe(
    "A message, a function call, a tool's result, or thoughts; a message may leave out `type`.",
  );

const toolSchema = z
  .looseObject({ type: z.string() })
  .describe("A function, a custom tool, or a namespace of these; others reach OpenAI alone.");

const toolChoiceSchema = z.union([z.enum(["auto", "none", "required"]), z.looseObject({})]);

/** https://platform.openai.com/docs/api-reference/responses/create */
export const responseRequestSchema = z.looseObject({
  model: z.string().optional().describe("A configured name, or `provider/model`."),
  input: z.union([z.string(), z.array(itemSchema)]).optional(),
  instructions: z.string().nullish().describe("Stands before the conversation as system words."),
  tools: z.array(toolSchema).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .looseObject({ format: z.looseObject({ type: z.string() }).optional() })
    .nullish()
    .describe("`format` asks for JSON, with or without a schema."),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  max_output_tokens: z.int().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stream: z.boolean().nullish(),
  previous_response_id: z
    .string()
    .nullish()
    .describe("Only for providers that have Responses themselves."),
});

const usageSchema = z.looseObject({
  input_tokens: z.int(),
  input_tokens_details: z.looseObject({ cached_tokens: z.int() }),
  output_tokens: z.int(),
  output_tokens_details: z.looseObject({ reasoning_tokens: z.int() }),
  total_tokens: z.int(),
});

/** https://platform.openai.com/docs/api-reference/responses/object */
export const responseSchema = z.looseObject({
  id: z.string(),
  object: z.literal("response"),
  created_at: z.number(),
  status: z.enum(["in_progress", "completed", "incomplete", "failed", "queued", "cancelled"]),
  model: z.string(),
  output: z.array(z.looseObject({ type: z.string() })),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.looseObject({ reason: z.string() }).nullable(),
  usage: usageSchema.nullable(),
});

/** The data of one event; the last is `response.completed`, `response.incomplete` or `response.failed`. */
export const responseStreamEventSchema = z.looseObject({
  type: z.string(),
  sequence_number: z.int().describe("From 0, without gaps."),
  response: responseSchema.optional(),
});
