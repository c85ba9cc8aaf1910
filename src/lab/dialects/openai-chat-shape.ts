import type { ObjectShape, Shape } from "./openai-check.ts";

// https://platform.openai.com/docs/api-reference/chat/create

export const string: Shape = { is: "string" };
export const optionalString: Shape = { is: "string", nullable: true };
const anything: Shape = { is: "any" };
export const openObject: ObjectShape = { is: "object", members: {}, open: true };
const functionName: Shape = { is: "string", pattern: /^[a-zA-Z0-9_-]{1,64}$/ };

export function object(
  members: Readonly<Record<string, Shape>>,
  required?: readonly string[],
): ObjectShape {
  return { is: "object", members, required: required ?? Object.keys(members) };
}

const breakpoint = { prompt_cache_breakpoint: openObject };

export const textPart = object({ type: string, text: string, ...breakpoint }, ["text"]);

const textParts: Shape = {
  is: "either",
  options: [
    string,
    { is: "array", of: { is: "tagged", tag: "type", variants: { text: textPart } } },
  ],
};

export const userParts: Shape & { readonly is: "tagged" } = {
  is: "tagged",
  tag: "type",
  variants: {
    text: textPart,
    image_url: object(
      {
        type: string,
        image_url: object(
          { url: string, detail: { is: "string", oneOf: ["auto", "low", "high", "original"] } },
          ["url"],
        ),
        ...breakpoint,
      },
      ["image_url"],
    ),
    input_audio: object(
      {
        type: string,
        input_audio: object({ data: string, format: { is: "string", oneOf: ["wav", "mp3"] } }),
        ...breakpoint,
      },
      ["input_audio"],
    ),
    file: object(
      {
        type: string,
        file: object({ file_data: string, file_id: string, filename: string }, []),
        ...breakpoint,
      },
      ["file"],
    ),
  },
};

const assistantParts: Shape = {
  is: "tagged",
  tag: "type",
  variants: { text: textPart, refusal: object({ type: string, refusal: string }) },
};

const callId: Shape = { is: "string", max: 40 };

export const toolCall: Shape & { readonly is: "tagged" } = {
  is: "tagged",
  tag: "type",
  variants: {
    function: object({
      id: callId,
      type: string,
      function: object({ name: string, arguments: string }),
    }),
    custom: object({ id: callId, type: string, custom: object({ name: string, input: string }) }),
  },
};

/** By role. */
export const MESSAGES = {
  system: object({ role: string, content: textParts, name: string }, ["content"]),
  assistant: object(
    {
      role: string,
      content: {
        is: "either",
        nullable: true,
        options: [string, { is: "array", of: assistantParts }],
      },
      name: string,
      refusal: optionalString,
      audio: { ...object({ id: string }), nullable: true },
      // Clients send answers back as they got them.
      annotations: anything,
      tool_calls: { is: "array", of: toolCall, min: 1, nullable: true },
      function_call: { ...object({ name: string, arguments: string }), nullable: true },
    },
    [],
  ),
  user: object(
    {
      role: string,
      content: { is: "either", options: [string, { is: "array", of: userParts, min: 1 }] },
      name: string,
    },
    ["content"],
  ),
  function: object({ role: string, content: optionalString, name: string }),
  tool: object({ role: string, content: textParts, tool_call_id: callId }),
  developer: object({ role: string, content: textParts, name: string }, ["content"]),
} as const satisfies Readonly<Record<string, ObjectShape>>;

const tool: Shape = {
  is: "tagged",
  tag: "type",
  variants: {
    function: object({
      type: string,
      function: object(
        {
          name: functionName,
          description: string,
          parameters: openObject,
          strict: { is: "boolean", nullable: true },
        },
        ["name"],
      ),
    }),
    custom: object({
      type: string,
      custom: object({ name: functionName, description: string, format: openObject }, ["name"]),
    }),
  },
};

const toolChoice: Shape = {
  is: "either",
  options: [
    { is: "string", oneOf: ["none", "auto", "required"] },
    {
      is: "tagged",
      tag: "type",
      variants: {
        function: object({ type: string, function: object({ name: string }) }),
        custom: object({ type: string, custom: object({ name: string }) }),
        allowed_tools: object({
          type: string,
          allowed_tools: object({
            mode: { is: "string", oneOf: ["auto", "required"] },
            tools: { is: "array", of: openObject },
          }),
        }),
      },
    },
  ],
};

const responseFormat: Shape = {
  is: "tagged",
  tag: "type",
  variants: {
    json_object: object({ type: string }),
    json_schema: object({
      type: string,
      json_schema: object(
        {
          name: functionName,
          description: string,
          schema: openObject,
          strict: { is: "boolean", nullable: true },
        },
        ["name"],
      ),
    }),
    text: object({ type: string }),
  },
};

/** Members chat completions and completions share. */
export const SAMPLING = {
  model: string,
  frequency_penalty: { is: "decimal", min: -2, max: 2, nullable: true },
  logit_bias: { ...openObject, nullable: true },
  max_tokens: { is: "integer", min: 1, nullable: true },
  n: { is: "integer", min: 1, max: 128, nullable: true },
  presence_penalty: { is: "decimal", min: -2, max: 2, nullable: true },
  seed: { is: "integer", nullable: true },
  stop: { is: "either", nullable: true, options: [string, { is: "array", of: string, max: 4 }] },
  stream: { is: "boolean", nullable: true },
  stream_options: {
    ...object({ include_usage: { is: "boolean" }, include_obfuscation: { is: "boolean" } }, []),
    nullable: true,
  },
  temperature: { is: "decimal", min: 0, max: 2, nullable: true },
  top_p: { is: "decimal", min: 0, max: 1, nullable: true },
  user: string,
} as const satisfies Readonly<Record<string, Shape>>;

/** A conversation of these turns. */
export function turnsOf(variants: Readonly<Record<string, ObjectShape>>): Shape {
  return { is: "array", of: { is: "tagged", tag: "role", variants }, min: 1 };
}

export const CHAT_MEMBERS: Readonly<Record<string, Shape>> = {
  ...SAMPLING,
  messages: turnsOf(MESSAGES),
  audio: { ...object({ format: string, voice: anything }), nullable: true },
  function_call: {
    is: "either",
    options: [{ is: "string", oneOf: ["none", "auto"] }, object({ name: string })],
  },
  functions: {
    is: "array",
    of: object({ name: functionName, description: string, parameters: openObject }, ["name"]),
    min: 1,
    max: 128,
  },
  logprobs: { is: "boolean", nullable: true },
  max_completion_tokens: { is: "integer", min: 1, nullable: true },
  metadata: { ...openObject, nullable: true },
  modalities: { is: "array", of: { is: "string", oneOf: ["text", "audio"] }, nullable: true },
  moderation: { ...object({ model: string, policy: anything }, ["model"]), nullable: true },
  parallel_tool_calls: { is: "boolean" },
  prediction: { ...object({ type: string, content: textParts }), nullable: true },
  prompt_cache_key: optionalString,
  prompt_cache_options: openObject,
  prompt_cache_retention: { is: "string", oneOf: ["in_memory", "24h"], nullable: true },
  reasoning_effort: {
    is: "string",
    oneOf: ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
    nullable: true,
  },
  response_format: responseFormat,
  safety_identifier: optionalString,
  service_tier: {
    is: "string",
    oneOf: ["auto", "default", "flex", "scale", "priority", "fast"],
    nullable: true,
  },
  store: { is: "boolean", nullable: true },
  tool_choice: toolChoice,
  tools: { is: "array", of: tool, min: 1, max: 128 },
  top_logprobs: { is: "integer", min: 0, max: 20, nullable: true },
  verbosity: { is: "string", oneOf: ["low", "medium", "high"], nullable: true },
  web_search_options: openObject,
};
