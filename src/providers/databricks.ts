import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { claudeTraits } from "../formats/claude/models.ts";
import {
  beyondBudget,
  budgetOf,
  dropped,
  effortAmong,
  forcesTool,
  stopsUpTo,
} from "./adaptations.ts";
import type { Adaptation, Adapted, FamilyRules } from "./chat-rules.ts";
import {
  ANSWER_MEMBERS,
  CALL_MEMBERS,
  NO_FUNCTIONS,
  OPENAI_CHAT,
  OPENAI_LIKE,
  TEXT_ONLY,
  TOOL_MEMBERS,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** Refused below: https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
const MIN_BUDGET_TOKENS = 1024;
/** What is left to answer with where the client sets no cap. */
const ANSWER_TOKENS = 4096;

/**
 * Claude behind Databricks thinks by a budget, as at home, and takes no effort's word:
 * https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models
 */
const claudeThinking: Adaptation = {
  about: "`thinking`, with a budget below the cap on output tokens",
  adapt(value, request) {
    const model = typeof request.model === "string" ? request.model : "";
    const traits = claudeTraits(model);
    const budget = budgetOf(value);
    if (value === "none") {
      return traits.thinking === "adaptive" ? thinkingOff(traits.thinkingFloor) : { members: {} };
    }
    if (budget === undefined) return undefined;
    if (traits.thinking === "none" || /haiku/.test(model)) {
      return dropped("this model does not think here before it answers");
    }
    if (forcesTool(request)) return dropped("it does not think when it is made to call a tool");
    if (goesOnWithCalls(request.messages)) {
      return dropped("thinking goes on only with the signed thoughts before the calls");
    }
    if (traits.thinking === "adaptive") {
      return {
        members: { thinking: { type: "adaptive" } },
        loss: { kind: "approximated", reason: "this model decides itself how long it thinks" },
      };
    }
    return budgeted(Math.min(budget, room(request)), value, request);
  },
};

function thinkingOff(floor: string): Adapted {
  return floor === "disabled"
    ? { members: { thinking: { type: "disabled" } } }
    : dropped("this model always thinks");
}

function budgeted(budget: number, word: Json, request: JsonObject): Adapted {
  if (budget < MIN_BUDGET_TOKENS) {
    return dropped(`max_tokens leaves no room for ${MIN_BUDGET_TOKENS} tokens of thinking`);
  }
  const cap = capOf(request) === undefined ? { max_tokens: budget + ANSWER_TOKENS } : {};
  return {
    members: { thinking: { type: "enabled", budget_tokens: budget }, ...cap },
    without: ["temperature", "top_p", "top_k"],
    ...beyondBudget(word),
  };
}

/** The budget must be smaller than the cap. */
function room(request: JsonObject): number {
  const cap = capOf(request);
  return cap === undefined ? Number.POSITIVE_INFINITY : cap - 1;
}

function capOf({ max_tokens, max_completion_tokens }: JsonObject): number | undefined {
  const caps = [max_tokens, max_completion_tokens].filter((cap) => typeof cap === "number");
  return caps.length === 0 ? undefined : Math.min(...caps);
}

/** Whether results of tools come last, so that the turn before them is not over. */
function goesOnWithCalls(messages: Json | undefined): boolean {
  const last: Json | undefined = Array.isArray(messages) ? messages.at(-1) : undefined;
  return isJsonObject(last) && last.role === "tool";
}

/** https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const geminiThinking: Adaptation = {
  about: "`thinking`, with a budget",
  adapt(value, request) {
    const isPro = typeof request.model === "string" && request.model.includes("pro");
    const least = isPro ? 128 : 0;
    const budget = value === "none" ? least : budgetOf(value);
    if (budget === undefined) return undefined;
    const members = { thinking: { type: "enabled", budget_tokens: budget } };
    if (value !== "none" || least === 0) return { members, ...beyondBudget(value) };
    return {
      members,
      loss: {
        kind: "approximated",
        reason: "this model always thinks; it is told to think little",
      },
    };
  },
};

/** https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models */
const FAMILIES: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: {
      members: {
        ...NO_FUNCTIONS,
        stop: stopsUpTo(4),
        stream_options: "refused",
      },
      // Its own thoughts are parts named reasoning, and go back so.
      messages: {
        known: { tool: TOOL_MEMBERS },
        refused: ANSWER_MEMBERS,
        refusalIsText: true,
        parts: { thinking: "refused", redacted_thinking: "refused" },
        knownInCalls: new Set([...CALL_MEMBERS, "index"]),
      },
      tools: { names: PLAIN_TOOL_NAMES },
    },
  },
  {
    about: "Claude",
    models: /claude/,
    rules: { members: { reasoning_effort: claudeThinking } },
  },
  {
    about: "Gemini 2.5",
    models: /gemini-2[.-]5/,
    rules: { members: { reasoning_effort: geminiThinking } },
  },
  {
    about: "Gemini 3, GPT OSS",
    models: /gemini-[3-9]|gpt-oss/,
    rules: { members: { reasoning_effort: effortAmong("low", "medium", "high") } },
  },
  {
    about: "GPT OSS",
    models: /gpt-oss/,
    rules: { messages: TEXT_ONLY },
  },
];

/** https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference */
export const databricks: Provider = {
  name: "databricks",
  about: "Models served by a Databricks workspace.",
  operations: {
    "llm/v1/chat": { ...OPENAI_CHAT, path: "/serving-endpoints/v1/chat/completions" },
  },
  origin: ({ databricks: { workspace_instance_id } }) =>
    workspace_instance_id ? `https://${workspace_instance_id}.cloud.databricks.com` : undefined,
  families: FAMILIES,
  streamUsage: () => false,
  // Content of reasoning models is a list, and an endpoint's name need not say what it serves.
  deviates: () => true,
};
