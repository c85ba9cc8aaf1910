import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ReasoningRequest } from "../../chat/request.ts";
import { type ClaudeTraits, claudeTraits } from "../claude/models.ts";

/** What a model behind Converse takes beyond what all of them take. */
export interface Family {
  readonly system: boolean;
  /** Turns of the system may stand within the conversation. */
  readonly systemTurns: boolean;
  readonly tools: boolean;
  /** Whether `toolChoice` may be `any` or `tool`. */
  readonly forcedTools: boolean;
  readonly cachePoints: boolean;
  readonly images: boolean;
  readonly audio: boolean;
  readonly video: boolean;
  /** How an answer is held to a JSON Schema; `closed` wants closed objects without bounds. */
  readonly jsonSchema: "native" | "closed" | "tool";
  /** Where `top_k` goes in `additionalModelRequestFields`; undefined where the model has none. */
  readonly topK: "top_k" | "k" | "inferenceConfig.topK" | undefined;
  readonly thinking: Thinking | undefined;
  /** Whether reasoning that carries no proof may be sent back. */
  readonly unsignedReasoning: boolean;
  /** Whether `temperature` and `topP` may not both be set. */
  readonly oneSampler: boolean;
  /** Whether the conversation may end with words of the assistant, to go on from. */
  readonly prefill: boolean;
  /** Which stop sequences are taken. */
  readonly stops: RegExp;
  /** Set for Claude, whose generations differ in more. */
  readonly claude?: ClaudeTraits;
}

/**
 * - `budget`: Claude's `thinking` with a number of tokens
 * - `adaptive`: Claude's `thinking` that the model measures itself, and Converse's `effort`
 * - `effort`: Converse's `outputConfig.effort`
 * - `nova`: Nova's `reasoningConfig`
 * - `word`: `reasoning_effort`, as OpenAI's open models take it
 */
export type Thinking = "budget" | "adaptive" | "effort" | "nova" | "word";

/** A model that the table does not name is asked in Converse's own general words. */
const UNKNOWN: Family = {
  system: true,
  systemTurns: false,
  tools: true,
  forcedTools: true,
  cachePoints: true,
  images: true,
  audio: true,
  video: true,
  jsonSchema: "native",
  topK: "top_k",
  thinking: "effort",
  unsignedReasoning: true,
  oneSampler: false,
  prefill: true,
  stops: /./s,
};

const OPEN_WEIGHTS: Family = {
  ...UNKNOWN,
  cachePoints: false,
  audio: false,
  video: false,
  topK: undefined,
  thinking: undefined,
};

/** Models whose structured output is a tool's input. */
const BY_TOOL: Family = { ...OPEN_WEIGHTS, jsonSchema: "tool" };
const WITHOUT_TOOLS: Family = { ...BY_TOOL, tools: false, forcedTools: false };
const LEGACY: Family = { ...WITHOUT_TOOLS, system: false, images: false };

const NOVA: Family = {
  ...UNKNOWN,
  audio: false,
  jsonSchema: "tool",
  topK: "inferenceConfig.topK",
  thinking: undefined,
};

/**
 * The first line that matches the model's id holds.
 *
 * https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 * https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
const FAMILIES: readonly (readonly [names: RegExp, family: Family])[] = [
  [/^amazon\.nova-2/, { ...NOVA, audio: true, thinking: "nova" }],
  [/^amazon\.nova/, NOVA],
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html
  [/^amazon\.titan-/, { ...LEGACY, stops: /^(?:\|+|User:)$/ }],
  [/^cohere\.command-(?:light-)?text-/, LEGACY],
  [/^mistral\.(?:mistral-7b|mixtral-8x7b)-instruct-/, { ...LEGACY, topK: "top_k" }],
  [/^cohere\.command-r/, { ...BY_TOOL, forcedTools: false, images: false, topK: "k" }],
  [/^(?:meta\.llama3-[13]|ai21\.)/, { ...BY_TOOL, forcedTools: false, images: false }],
  [/^meta\.llama/, { ...BY_TOOL, forcedTools: false }],
  [/^deepseek\.r1/, { ...WITHOUT_TOOLS, images: false, unsignedReasoning: false }],
  [/^openai\.gpt-oss/, { ...OPEN_WEIGHTS, images: false, thinking: "word" }],
  [/^mistral\.(?:mistral-(?:large|small)-24|pixtral)/, BY_TOOL],
  [/^mistral\.voxtral/, { ...OPEN_WEIGHTS, audio: true }],
  [/^(?:mistral|deepseek|qwen|google|nvidia|minimax|moonshot(?:ai)?)\./, OPEN_WEIGHTS],
];

/** https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const PROFILE_REGION = /^(?:us|us-gov|eu|apac|jp|au|ca|sa|me|af|amer|global)\./;

/** `model` is an id, an inference profile or an ARN of either; empty where it is not known. */
export function familyOf(model: string): Family {
  const name = model.slice(model.lastIndexOf("/") + 1).replace(PROFILE_REGION, "");
  if (name.startsWith("anthropic.claude")) return claudeFamily(name);
  return FAMILIES.find(([names]) => names.test(name))?.[1] ?? UNKNOWN;
}

const CLAUDE_BEFORE_TOOLS = /claude-(?:v\d|instant)/;

function claudeFamily(name: string): Family {
  const claude = claudeTraits(name);
  const isOld = CLAUDE_BEFORE_TOOLS.test(name);
  return {
    ...UNKNOWN,
    systemTurns: claude.systemTurns,
    tools: !isOld,
    forcedTools: claude.forcedTools,
    cachePoints: !isOld,
    images: !isOld,
    audio: false,
    video: false,
    jsonSchema: claude.structuredOutput ? "closed" : "tool",
    thinking: claude.thinking === "none" ? undefined : claude.thinking,
    unsignedReasoning: false,
    oneSampler: claude.rejectsCombinedSampling,
    prefill: claude.prefill,
    stops: /\S/,
    claude,
  };
}

/**
 * Members of `additionalModelRequestFields` that have a canonical seat, in the words of each family
 * of models; the rest is the model's own business and stays.
 */
export function decodeModelFields(
  fields: JsonObject,
  effort: string | undefined,
): {
  readonly request: Pick<ChatRequest, "topK" | "reasoning" | "parallelToolCalls">;
  readonly rest: JsonObject | undefined;
} {
  const rest: Record<string, Json | undefined> = { ...fields };
  const topK = takeTopK(rest);
  const reasoning = takeReasoning(rest, effort);
  const isSerial = takeSerial(rest);
  return {
    request: {
      ...(topK !== undefined && { topK }),
      ...(reasoning && { reasoning }),
      ...(isSerial && { parallelToolCalls: false }),
    },
    rest: Object.keys(rest).length > 0 ? rest : undefined,
  };
}

function takeTopK(rest: Record<string, Json | undefined>): number | undefined {
  for (const name of ["top_k", "k"]) {
    const value = rest[name];
    if (typeof value !== "number") continue;
    delete rest[name];
    return value;
  }
  const config = rest["inferenceConfig"];
  if (!isJsonObject(config) || typeof config.topK !== "number") return undefined;
  const { topK, ...others } = config;
  if (Object.keys(others).length > 0) rest["inferenceConfig"] = others;
  else delete rest["inferenceConfig"];
  return topK;
}

function takeReasoning(
  rest: Record<string, Json | undefined>,
  effort: string | undefined,
): ReasoningRequest | undefined {
  const word = effortOf(effort) ?? takeWord(rest);
  const thinking = takeThinking(rest);
  if (!word && !thinking) return undefined;
  return { ...thinking, ...(word && { effort: word }) };
}

function takeThinking(rest: Record<string, Json | undefined>): ReasoningRequest | undefined {
  const thinking = rest["thinking"];
  if (!isJsonObject(thinking)) return undefined;
  const { type, budget_tokens: budget } = thinking;
  if (type === "enabled" && typeof budget === "number") {
    delete rest["thinking"];
    return { budgetTokens: budget };
  }
  if (type !== "adaptive" && type !== "disabled") return undefined;
  delete rest["thinking"];
  return type === "adaptive" ? { adaptive: true } : { effort: "none" };
}

/** Nova's words, and those of OpenAI's open models. */
function takeWord(rest: Record<string, Json | undefined>): ReasoningRequest["effort"] {
  const config = rest["reasoningConfig"];
  if (isJsonObject(config)) {
    const word = config.type === "disabled" ? "none" : effortOf(config.maxReasoningEffort);
    if (word) delete rest["reasoningConfig"];
    if (word) return word;
  }
  const word = effortOf(rest["reasoning_effort"]);
  if (word) delete rest["reasoning_effort"];
  return word;
}

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

function effortOf(value: Json | undefined): ReasoningRequest["effort"] {
  return EFFORTS.find((word) => word === value);
}

/** Claude's switch; the choice it repeats stands in `toolConfig` too. */
function takeSerial(rest: Record<string, Json | undefined>): boolean {
  const choice = rest["tool_choice"];
  if (!isJsonObject(choice) || choice.disable_parallel_tool_use !== true) return false;
  delete rest["tool_choice"];
  return true;
}
