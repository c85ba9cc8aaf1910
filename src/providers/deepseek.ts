import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { stopsUpTo } from "./adaptations.ts";
import type { Adaptation, Adapted, FamilyRules } from "./chat-rules.ts";
import {
  answerMembersBut,
  CALL_MEMBERS,
  NO_FUNCTIONS,
  OPENAI_CHAT,
  OPENAI_LIKE,
  TEXT_ONLY,
  TOOL_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** It knows JSON, but no schema (https://api-docs.deepseek.com/guides/json_mode). */
const JSON_BY_WORDS: Adaptation = {
  about: "`json_schema` becomes `json_object`, with the schema in the system's words",
  adapt(value) {
    if (!isJsonObject(value) || value.type !== "json_schema") return undefined;
    const { json_schema: declared } = value;
    const { schema = {}, description } = isJsonObject(declared) ? declared : {};
    return {
      members: { response_format: { type: "json_object" } },
      instruction: [
        "Answer with one JSON object and nothing else. It must be valid by this JSON Schema:",
        JSON.stringify(schema),
        ...(typeof description === "string" ? [description] : []),
      ].join("\n"),
      loss: { kind: "approximated", reason: "DeepSeek is asked for the schema in words" },
    };
  },
};

/** https://api-docs.deepseek.com/guides/thinking_mode */
const THINKING_SWITCH: Adaptation = {
  about: "`none` becomes `thinking: {type: disabled}`",
  adapt: (value) =>
    value === "none" ? { members: { thinking: { type: "disabled" } } } : undefined,
};

/** While it thinks it cannot be made to call a tool: `… does not support this tool_choice`. */
const NO_FORCED_TOOL: Adaptation = {
  about: "a tool cannot be forced while the model thinks; a named one is the only one offered",
  adapt(value, request) {
    if (value === "auto" || value === "none" || isThinkingOff(request)) return undefined;
    const reason = "this model decides for itself whether to call a tool";
    const narrowed: Adapted = { members: {}, loss: { kind: "approximated", reason } };
    const tools = toolsNamed(request.tools, value);
    return tools ? { ...narrowed, replaced: { tools } } : narrowed;
  },
};

function isThinkingOff({ thinking, reasoning_effort: effort }: JsonObject): boolean {
  return effort === "none" || (isJsonObject(thinking) && thinking.type === "disabled");
}

function toolsNamed(tools: Json | undefined, choice: Json): readonly Json[] | undefined {
  const wanted = isJsonObject(choice) && isJsonObject(choice.function) && choice.function.name;
  if (!Array.isArray(tools) || typeof wanted !== "string") return undefined;
  const named = tools.filter(
    (tool: Json) =>
      isJsonObject(tool) && isJsonObject(tool.function) && tool.function.name === wanted,
  );
  return named.length > 0 ? named : undefined;
}

const FAMILIES: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: {
      members: {
        ...NO_FUNCTIONS,
        stop: stopsUpTo(16),
        top_k: "refused",
        response_format: JSON_BY_WORDS,
        reasoning_effort: THINKING_SWITCH,
      },
      messages: {
        roles: { developer: "system" },
        known: { tool: TOOL_MEMBERS },
        refused: answerMembersBut("reasoning_content"),
        plainText: new Set(["system", "assistant", "tool"]),
        ...TEXT_ONLY,
        refusalIsText: true,
        knownInCalls: new Set([...CALL_MEMBERS, "index"]),
      },
      tools: { names: PLAIN_TOOL_NAMES },
    },
  },
  {
    about: "deepseek-reasoner, deepseek-v4…",
    models: /reasoner|deepseek-v[4-9]/,
    rules: {
      members: { logprobs: "refused", top_logprobs: "refused", tool_choice: NO_FORCED_TOOL },
      // `Missing reasoning_content field in the assistant message`, for calls that another model made.
      messages: { besideCalls: { reasoning_content: "" } },
    },
  },
];

/** https://api-docs.deepseek.com/api/create-chat-completion */
export const deepseek: Provider = {
  name: "deepseek",
  about: "DeepSeek's own platform.",
  modelNames: /^deepseek-/,
  operations: { "llm/v1/chat": OPENAI_CHAT },
  origin: () => "https://api.deepseek.com",
  families: FAMILIES,
  streamUsage: () => true,
};
