import type { ObjectShape, Shape } from "./openai-check.ts";

/** The members of a request, as https://platform.claude.com/docs/en/api/messages/create has them. */

const STRING: Shape = { is: "string" };
const WORDS: Shape = { is: "string", nullable: true };
const BOOLEAN: Shape = { is: "boolean" };
const COUNT: Shape = { is: "integer", min: 0 };
const OPEN: ObjectShape = { is: "object", members: {}, open: true };

const tag = (name: string): Shape => ({ is: "string", oneOf: [name] });
const object = (members: ObjectShape["members"], required: readonly string[]): ObjectShape => ({
  is: "object",
  members,
  required,
});
const tagged = (variants: Readonly<Record<string, ObjectShape>>): Shape => ({
  is: "tagged",
  tag: "type",
  variants,
});

const CACHE: Shape = {
  ...object({ type: tag("ephemeral"), ttl: { is: "string", oneOf: ["5m", "1h"] } }, ["type"]),
  nullable: true,
};

const NAME: Shape = { is: "string", pattern: /^[a-zA-Z0-9_-]{1,128}$/ };
const ID: Shape = { is: "string", pattern: /^[a-zA-Z0-9_-]+$/ };

const text = object(
  {
    type: tag("text"),
    text: STRING,
    cache_control: CACHE,
    citations: { is: "array", of: OPEN, nullable: true },
  },
  ["type", "text"],
);

const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const url = object({ type: tag("url"), url: STRING }, ["type", "url"]);
const file = object({ type: tag("file"), file_id: STRING }, ["type", "file_id"]);
const base64 = (types: readonly string[]) =>
  object({ type: tag("base64"), media_type: { is: "string", oneOf: types }, data: STRING }, [
    "type",
    "media_type",
    "data",
  ]);

const image = object(
  {
    type: tag("image"),
    source: tagged({ base64: base64(IMAGE_TYPES), url, file }),
    cache_control: CACHE,
  },
  ["type", "source"],
);

const plainText = object({ type: tag("text"), media_type: tag("text/plain"), data: STRING }, [
  "type",
  "media_type",
  "data",
]);
const document = object(
  {
    type: tag("document"),
    source: tagged({
      base64: base64(["application/pdf"]),
      text: plainText,
      content: { ...OPEN, members: {} },
      url,
      file,
    }),
    title: WORDS,
    context: WORDS,
    citations: { ...object({ enabled: BOOLEAN }, []), nullable: true },
    cache_control: CACHE,
  },
  ["type", "source"],
);

const textOrBlocks = (variants: Readonly<Record<string, ObjectShape>>): Shape => ({
  is: "either",
  options: [STRING, { is: "array", of: tagged(variants) }],
});

const toolResult = object(
  {
    type: tag("tool_result"),
    tool_use_id: ID,
    content: textOrBlocks({ text, image, document }),
    is_error: BOOLEAN,
    cache_control: CACHE,
  },
  ["type", "tool_use_id"],
);

const toolUse = object(
  { type: tag("tool_use"), id: ID, name: NAME, input: OPEN, cache_control: CACHE, caller: OPEN },
  ["type", "id", "name", "input"],
);

const thinking = object({ type: tag("thinking"), thinking: STRING, signature: STRING }, [
  "type",
  "thinking",
  "signature",
]);
const redacted = object({ type: tag("redacted_thinking"), data: STRING }, ["type", "data"]);

const message: Shape = object(
  {
    role: { is: "string", oneOf: ["user", "assistant", "system"] },
    content: textOrBlocks({
      text,
      image,
      document,
      tool_use: toolUse,
      tool_result: toolResult,
      thinking,
      redacted_thinking: redacted,
    }),
  },
  ["role", "content"],
);

/** A tool that the client runs; the vendor's own have members of many kinds. */
export const TOOL: ObjectShape = object(
  {
    type: { is: "string", oneOf: ["custom"], nullable: true },
    name: NAME,
    description: STRING,
    input_schema: {
      is: "object",
      members: { type: tag("object") },
      required: ["type"],
      open: true,
    },
    strict: BOOLEAN,
    cache_control: CACHE,
  },
  ["name", "input_schema"],
);

const choice = (name: string, members: ObjectShape["members"] = {}): ObjectShape =>
  object({ type: tag(name), ...members }, ["type", ...Object.keys(members)]);
const parallel = { disable_parallel_tool_use: BOOLEAN };
const withParallel = (shape: ObjectShape): ObjectShape => ({
  ...shape,
  members: { ...shape.members, ...parallel },
});

const DISPLAY: Shape = { is: "string", oneOf: ["summarized", "omitted"], nullable: true };

export const VENDOR_TOOL: ObjectShape = {
  ...object({ type: STRING, name: NAME }, ["type", "name"]),
  open: true,
};

export const MESSAGES: ObjectShape = object(
  {
    model: STRING,
    max_tokens: COUNT,
    messages: { is: "array", of: message, min: 1 },
    system: textOrBlocks({ text }),
    temperature: { is: "decimal", min: 0, max: 1 },
    top_p: { is: "decimal", min: 0, max: 1 },
    top_k: COUNT,
    stop_sequences: { is: "array", of: STRING },
    stream: BOOLEAN,
    metadata: object({ user_id: WORDS }, []),
    service_tier: { is: "string", oneOf: ["auto", "standard_only"] },
    tools: { is: "array", of: { is: "any" } },
    tool_choice: tagged({
      auto: withParallel(choice("auto")),
      any: withParallel(choice("any")),
      tool: withParallel(choice("tool", { name: STRING })),
      none: choice("none"),
    }),
    thinking: tagged({
      enabled: {
        ...choice("enabled", { budget_tokens: { is: "integer", min: 1024 } }),
        members: {
          type: tag("enabled"),
          budget_tokens: { is: "integer", min: 1024 },
          display: DISPLAY,
        },
      },
      adaptive: object({ type: tag("adaptive"), display: DISPLAY }, ["type"]),
      disabled: choice("disabled"),
      between_tools: choice("between_tools"),
    }),
    output_config: object(
      {
        effort: {
          is: "string",
          oneOf: ["low", "medium", "high", "xhigh", "max"],
          nullable: true,
        },
        format: {
          ...object({ type: tag("json_schema"), schema: OPEN }, ["type", "schema"]),
          nullable: true,
        },
      },
      [],
    ),
    cache_control: CACHE,
    container: { is: "any" },
    inference_geo: WORDS,
  },
  ["max_tokens", "messages", "model"],
);
