import { isObject, type JsonObject } from "../json-schema.ts";
import type { ChatVendor, ModelRules } from "./chat-vendor.ts";
import { OPENAI } from "./openai-chat-rules.ts";
import {
  CHAT_MEMBERS,
  MESSAGES,
  object,
  openObject,
  string,
  textPart,
  toolCall,
  turnsOf,
  userParts,
} from "./openai-chat-shape.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";

/** A turn with other members than OpenAI's. */
function turn(
  role: keyof typeof MESSAGES,
  more: Readonly<Record<string, Shape>> = {},
): ObjectShape {
  const own = MESSAGES[role];
  return { ...own, members: { ...own.members, ...more } };
}

function without(members: Readonly<Record<string, Shape>>, ...names: readonly string[]) {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** Cache points that the vendor acts on, or lets pass. */
function cached(parts: Shape & { readonly is: "tagged" }): Shape {
  return alsoWith(parts, { cache_control: openObject });
}

function alsoWith(
  tagged: Shape & { readonly is: "tagged" },
  more: Readonly<Record<string, Shape>>,
): Shape {
  const variants = Object.entries(tagged.variants).map(([kind, shape]) => [
    kind,
    { ...shape, members: { ...shape.members, ...more } },
  ]);
  return { ...tagged, variants: Object.fromEntries(variants) };
}

/** Their answers have an index in each call, and clients send it back. */
const INDEXED_CALLS: Shape = {
  is: "array",
  of: alsoWith(toolCall, { index: { is: "integer" } }),
  min: 1,
  nullable: true,
};

const USER = turn("user", {
  content: { is: "either", options: [string, { is: "array", of: cached(userParts) }] },
});
const boolean: Shape = { is: "boolean", nullable: true };
const optionalText: Shape = { is: "string", nullable: true };
const thinking: Shape = object({ type: string, budget_tokens: { is: "integer" } }, ["type"]);

/** A list of stop sequences of its own length; OpenAI's ends at four. */
const stops = (max?: number): Shape => ({
  is: "either",
  options: [string, { is: "array", of: string, ...(max !== undefined && { max }) }],
  nullable: true,
});

/** https://api-docs.deepseek.com/api/create-chat-completion */
const DEEPSEEK: ChatVendor = {
  name: "deepseek",
  path: /^\/deepseek\//,
  open: true,
  members: {
    ...CHAT_MEMBERS,
    messages: turnsOf({
      system: turn("system", { content: string }),
      user: turn("user", {
        content: {
          is: "either",
          options: [
            string,
            {
              is: "array",
              of: cached({ is: "tagged", tag: "type", variants: { text: textPart } }),
            },
          ],
        },
      }),
      assistant: turn("assistant", {
        content: optionalText,
        tool_calls: INDEXED_CALLS,
        reasoning_content: optionalText,
        prefix: boolean,
      }),
      tool: turn("tool", { content: string }),
    }),
    response_format: object({ type: { is: "string", oneOf: ["text", "json_object"] } }),
    stop: stops(16),
    thinking,
  },
  models: [{ names: /reasoner|v4/, refuses: ["logprobs", "top_logprobs"], fault: deepseekThinks }],
};

function deepseekThinks(wire: JsonObject): string | undefined {
  const { tool_choice: choice, thinking: switched, messages } = wire;
  if (isObject(switched) && switched["type"] === "disabled") return undefined;
  if (choice !== undefined && choice !== "auto" && choice !== "none") {
    return "deepseek-reasoner does not support this tool_choice";
  }
  const turns = Array.isArray(messages) ? messages.filter(isObject) : [];
  const at = turns.findIndex((one) => one["tool_calls"] && one["reasoning_content"] === undefined);
  return at < 0
    ? undefined
    : `Missing \`reasoning_content\` field in the assistant message at message index ${at}.`;
}

/** https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference */
const DASHSCOPE: ChatVendor = {
  name: "dashscope",
  path: /\/compatible-mode\//,
  members: {
    ...without(
      CHAT_MEMBERS,
      "reasoning_effort",
      "functions",
      "function_call",
      "store",
      "verbosity",
    ),
    messages: turnsOf({
      system: turn("system"),
      user: USER,
      assistant: turn("assistant", { partial: boolean, tool_calls: INDEXED_CALLS }),
      tool: turn("tool"),
      function: turn("function"),
    }),
    top_k: { is: "integer", min: 0, nullable: true },
    stop: stops(),
    enable_thinking: boolean,
    thinking_budget: { is: "integer", min: 1, nullable: true },
    enable_search: boolean,
  },
  models: [
    {
      names: /^(?:qwen-(?:plus|max|turbo|flash|long)|qwen3-(?!.*(?:vl|omni))|qwq)/,
      textOnly: true,
    },
    {
      names: /^qwen3-\d+(?:\.\d+)?b(?:-a\d+b)?$/,
      fault: ({ enable_thinking: isOn, stream }) =>
        stream === true || isOn === false
          ? undefined
          : "parameter.enable_thinking must be set to false for non-streaming calls",
    },
    {
      names: /./,
      fault: ({ enable_thinking: isOn, tool_choice: choice }) =>
        isOn === true && (choice === "required" || isObject(choice))
          ? "The tool_choice parameter does not support being set to required or object in thinking mode"
          : undefined,
    },
  ],
};

/** https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference */
const DATABRICKS: ChatVendor = {
  name: "databricks",
  path: /\/serving-endpoints\//,
  members: {
    ...without(CHAT_MEMBERS, "stream_options", "functions", "function_call"),
    messages: turnsOf({
      ...MESSAGES,
      assistant: turn("assistant", { content: { is: "any" }, tool_calls: INDEXED_CALLS }),
      user: USER,
    }),
    top_k: { is: "integer", min: 0, nullable: true },
    thinking,
  },
  models: [
    { names: /claude/, refuses: ["reasoning_effort"], fault: claudeThinks },
    { names: /gemini-2[.-]5/, refuses: ["reasoning_effort"] },
    { names: /gpt-oss/, textOnly: true },
    { names: /gemini-3|gpt-oss/, efforts: ["low", "medium", "high"] },
  ],
};

function claudeThinks(wire: JsonObject): string | undefined {
  const { thinking, max_tokens: cap, temperature, tool_choice: choice } = wire;
  if (!isObject(thinking) || thinking["type"] !== "enabled") return undefined;
  const budget = Number(thinking["budget_tokens"]);
  if (!(budget >= 1024))
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  if (!(Number(cap) > budget)) return "`max_tokens` must be greater than `thinking.budget_tokens`";
  if (temperature !== undefined && temperature !== 1)
    return "`temperature` may only be set to 1 when thinking is enabled";
  if (choice === "required" || isObject(choice))
    return "Thinking may not be enabled when tool_choice forces tool use.";
  return undefined;
}

const NO_EFFORT: ModelRules = {
  names: /^grok-(?:2|3(?!-mini)|4(?:$|-|\.1|\.20(?!-multi))|code)/,
  refuses: ["reasoning_effort"],
};

/** https://docs.x.ai/docs/guides/reasoning */
const XAI: ChatVendor = {
  name: "xai",
  path: /^\/xai\//,
  members: { ...CHAT_MEMBERS, messages: turnsOf({ ...MESSAGES, user: USER }) },
  models: [
    NO_EFFORT,
    {
      names: /^grok-(?:3-mini|4(?!.*non-reasoning)|code)/,
      refuses: ["presence_penalty", "frequency_penalty", "stop"],
    },
    { names: /^grok-(?:3|code)/, textOnly: true },
    { names: /^grok-3-mini/, efforts: ["low", "high"] },
    { names: /^grok-4\.3/, efforts: ["none", "low", "medium", "high"] },
    { names: /^grok-4\.5/, efforts: ["low", "medium", "high"] },
  ],
};

/** https://inference-docs.cerebras.ai/resources/openai */
const CEREBRAS: ChatVendor = {
  name: "cerebras",
  path: /^\/cerebras\//,
  members: {
    ...without(CHAT_MEMBERS, "frequency_penalty", "presence_penalty", "logit_bias"),
    messages: turnsOf({
      ...MESSAGES,
      user: USER,
      assistant: turn("assistant", { reasoning: optionalText }),
    }),
  },
  models: [],
};

const VENDORS = [DEEPSEEK, DASHSCOPE, DATABRICKS, XAI, CEREBRAS];

export function chatVendor(path: string): ChatVendor {
  return VENDORS.find((vendor) => vendor.path.test(path)) ?? OPENAI;
}
