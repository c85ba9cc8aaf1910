import { z } from "zod";
import { optionMembers } from "../wire-schema.ts";
import { extraContentSchema, reasoningDetailSchema } from "./wire-schema.ts";

/** A request of Chat Completions as a client may write it; `request.ts` reads it. */

const cacheControlSchema = z
  .looseObject({ type: z.literal("ephemeral").optional(), ttl: z.string().optional() })
  .nullish()
  .describe("A cache point after this part, for vendors that have such.");

const textPartSchema = z.looseObject({
  type: z.literal("text"),
  text: z.string(),
  cache_control: cacheControlSchema,
  extra_content: extraContentSchema.nullish(),
});

const mediaUrlSchema = z.union([
  z.string(),
  z.looseObject({ url: z.string(), detail: z.string().nullish() }),
]);

const filePartSchemas = [
  z.looseObject({
    type: z.literal("image_url"),
    image_url: mediaUrlSchema.describe("An address, or a data: URL."),
    cache_control: cacheControlSchema,
  }),
  z.looseObject({
    type: z.literal("video_url"),
    video_url: mediaUrlSchema,
    cache_control: cacheControlSchema,
  }),
  z.looseObject({
    type: z.literal("input_audio"),
    input_audio: z.looseObject({
      data: z.string().describe("Base64."),
      format: z.string().describe("wav or mp3; some vendors take more."),
    }),
  }),
  z.looseObject({
    type: z.literal("file"),
    file: z.union([
      z.looseObject({ file_id: z.string(), filename: z.string().nullish() }),
      z.looseObject({
        file_data: z.string().describe("A data: URL, an address, or base64."),
        filename: z.string().nullish(),
      }),
    ]),
    cache_control: cacheControlSchema,
  }),
] as const;

export const contentPartSchema = z.union([textPartSchema, ...filePartSchemas]);

const name = z.string().nullish();
const textContent = z.union([z.string(), z.array(textPartSchema)]).nullish();
const anyContent = z.union([z.string(), z.array(contentPartSchema)]).nullish();

const calledSchema = z.union([
  z.looseObject({
    id: z.string(),
    type: z.literal("function").optional(),
    function: z.looseObject({ name: z.string(), arguments: z.string() }),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("custom"),
    custom: z.looseObject({ name: z.string(), input: z.string() }),
  }),
]);

const refusalPartSchema = z.looseObject({ type: z.literal("refusal"), refusal: z.string() });

export const messageSchema = z.union([
  z.looseObject({ role: z.enum(["system", "developer"]), content: textContent, name }),
  z.looseObject({ role: z.literal("user"), content: anyContent, name }),
  z.looseObject({
    role: z.literal("assistant"),
    content: z.union([z.string(), z.array(z.union([textPartSchema, refusalPartSchema]))]).nullish(),
    name,
    refusal: z.string().nullish(),
    tool_calls: z.array(calledSchema).nullish(),
    reasoning_content: z.string().nullish(),
    reasoning_details: z.array(reasoningDetailSchema).nullish().describe("As the answer had them."),
  }),
  z.looseObject({ role: z.literal("tool"), tool_call_id: z.string(), content: anyContent }),
  z.looseObject({
    role: z.literal("function").describe("Retired; read as a tool's result."),
    name,
    content: anyContent,
  }),
]);

export const toolSchema = z.union([
  z.looseObject({
    type: z.literal("function"),
    function: z.looseObject({
      name: z.string(),
      description: z.string().nullish(),
      parameters: z.record(z.string(), z.unknown()).nullish().describe("JSON Schema."),
      strict: z.boolean().nullish(),
    }),
    cache_control: cacheControlSchema,
  }),
  z
    .looseObject({ type: z.string().regex(/^(?!function$)/) })
    .describe("A tool that the vendor runs itself; only a provider of this dialect takes it."),
]);

const namedTool = z.union([
  z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }),
  z.looseObject({ type: z.literal("custom"), custom: z.looseObject({ name: z.string() }) }),
]);

const toolChoiceSchema = z.union([
  z.enum(["auto", "none", "required"]),
  z.looseObject({
    type: z.literal("allowed_tools"),
    allowed_tools: z.looseObject({
      mode: z.enum(["auto", "required"]),
      tools: z.array(namedTool),
    }),
  }),
  namedTool,
]);

const responseFormatSchema = z.union([
  z.looseObject({ type: z.enum(["text", "json_object"]) }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({
      name: z.string(),
      description: z.string().nullish(),
      schema: z.record(z.string(), z.unknown()).nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** https://platform.openai.com/docs/api-reference/chat/create */
export const chatRequestSchema = z
  .looseObject({
    ...optionMembers,
    messages: z.array(messageSchema),
    tools: z.array(toolSchema).nullish(),
    tool_choice: toolChoiceSchema.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    functions: z
      .array(
        z.looseObject({
          name: z.string(),
          description: z.string().nullish(),
          parameters: z.record(z.string(), z.unknown()).nullish().describe("JSON Schema."),
        }),
      )
      .nullish()
      .describe("The older form of tools; read where there are no tools, and answered in kind."),
    function_call: z
      .union([z.enum(["auto", "none"]), z.looseObject({ name: z.string() })])
      .nullish(),
    response_format: responseFormatSchema.nullish(),
    reasoning_effort: z
      .string()
      .nullish()
      .describe("none, minimal, low, medium, high, xhigh, max, or a word of the vendor's own."),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().nullish(),
    service_tier: z.string().nullish(),
  })
  .describe(
    "Members that are not listed go on to a provider of the same dialect as they came; for others each is a loss that is told.",
  );
