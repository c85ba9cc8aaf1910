import { isHarmless } from "../formats/harmless.ts";
import { effortAmong, stopsUpTo, unlessThinking } from "./adaptations.ts";
import type { CallIds, ChatRules, FamilyRules } from "./chat-rules.ts";
import { CALL_MEMBERS, NO_THOUGHTS, TEXT_ONLY, TOOL_MEMBERS } from "./openai-dialect.ts";
import { REASONING_MODELS } from "./sampling.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** A longer one is refused (`string_above_max_length`); some vendors make them longer. */
const CALL_IDS: CallIds = {
  accepted: /^.{0,40}$/s,
  made: (digits) => `call_${digits.slice(0, 32)}`,
};

const CACHE_CONTROL: ReadonlySet<string> = new Set(["cache_control"]);

/** `annotations` is none of a request's, but comes back with every answer of theirs and is let through. */
const ASSISTANT_MEMBERS: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "refusal",
  "audio",
  "annotations",
  "tool_calls",
  "function_call",
]);

/** Names of OpenAI's own models, whose rules hold wherever they are asked; `gpt-oss` is anybody's. */
export const OPENAI_MODEL_NAME = /^(?:ft:)?(?:o\d|gpt-\d|chatgpt-)/;

/** https://platform.openai.com/docs/api-reference/chat/create */
const EVERY_MODEL: ChatRules = {
  members: { top_k: "refused", stop: stopsUpTo(4) },
  messages: {
    known: { assistant: ASSISTANT_MEMBERS, tool: TOOL_MEMBERS },
    refused: CACHE_CONTROL,
    refusedInParts: CACHE_CONTROL,
    ...NO_THOUGHTS,
    callIds: CALL_IDS,
    knownInCalls: CALL_MEMBERS,
  },
  tools: { names: PLAIN_TOOL_NAMES, refused: CACHE_CONTROL },
};

/** Refused by every model that reasons: https://platform.openai.com/docs/guides/reasoning */
const REASONING: ChatRules = {
  members: {
    temperature: "refused",
    top_p: "refused",
    presence_penalty: "refused",
    frequency_penalty: "refused",
    logprobs: "refused",
    top_logprobs: "refused",
    logit_bias: "refused",
    stop: "refused",
  },
};

const unlessReasoning = (member: string, byDefault: "none" | "medium") =>
  unlessThinking(byDefault, (value) => isHarmless(member, value));

/** https://platform.openai.com/docs/guides/latest-model: these options, and only with effort none. */
const optionsUnlessReasoning = (byDefault: "none" | "medium"): ChatRules => ({
  members: {
    temperature: unlessReasoning("temperature", byDefault),
    top_p: unlessReasoning("top_p", byDefault),
    logprobs: unlessReasoning("logprobs", byDefault),
    top_logprobs: unlessReasoning("top_logprobs", byDefault),
  },
});

const SWITCHED = "(?!.*-(?:chat|codex|pro))";

/** What OpenAI's own models take, wherever they run. A new family is a new row. */
export const OPENAI_MODELS: FamilyRules = [
  { about: "", rules: EVERY_MODEL },
  {
    about: "o…, gpt-5…",
    models: /^(?:ft:)?(?:o\d|gpt-5)/,
    rules: { tokenCap: "max_completion_tokens" },
  },
  {
    about: "gpt-3…, gpt-4…, gpt-5…-chat",
    models: /^(?:ft:)?(?:gpt-[34]|chatgpt-|gpt-5(?:\.\d+)?-chat)/,
    rules: { members: { reasoning_effort: "refused", verbosity: "refused" } },
  },
  {
    about: "o…, gpt-5… but chat",
    models: REASONING_MODELS,
    rules: REASONING,
  },
  {
    about: "gpt-3.5…, gpt-4 of 2023, o1-mini, o3-mini",
    models: /^(?:ft:)?(?:gpt-3|gpt-4(?:$|-0\d{3}|-32k|-1106)|o[13]-mini)/,
    rules: { messages: TEXT_ONLY },
  },
  {
    about: "o…",
    models: /^(?:ft:)?o\d/,
    rules: { members: { reasoning_effort: effortAmong("low", "medium", "high") } },
  },
  {
    about: "gpt-5",
    models: new RegExp(`^(?:ft:)?gpt-5(?!\\.)${SWITCHED}`),
    rules: { members: { reasoning_effort: effortAmong("minimal", "low", "medium", "high") } },
  },
  {
    about: "gpt-5.1",
    models: new RegExp(`^(?:ft:)?gpt-5\\.1(?!\\d)${SWITCHED}`),
    rules: { members: { reasoning_effort: effortAmong("none", "low", "medium", "high") } },
  },
  {
    about: "gpt-5.2, gpt-5.4, gpt-5.5",
    models: new RegExp(`^(?:ft:)?gpt-5\\.[245](?!\\d)${SWITCHED}`),
    rules: { members: { reasoning_effort: effortAmong("none", "low", "medium", "high", "xhigh") } },
  },
  {
    about: "gpt-5.1, gpt-5.2, gpt-5.4, which think only when told to",
    models: new RegExp(`^(?:ft:)?gpt-5\\.[124](?!\\d)${SWITCHED}`),
    rules: optionsUnlessReasoning("none"),
  },
  {
    about: "gpt-5.5 and newer",
    models: new RegExp(`^(?:ft:)?gpt-5\\.(?:[5-9]|\\d\\d)${SWITCHED}`),
    rules: optionsUnlessReasoning("medium"),
  },
];
