import type { JsonObject } from "../json.ts";
import type { ChatVendor, ModelRules } from "./chat-vendor.ts";
import { CHAT_MEMBERS } from "./openai-chat-shape.ts";

const SWITCHED_OFF = ["temperature", "top_p", "logprobs", "top_logprobs"];

/** https://platform.openai.com/docs/guides/latest-model: with effort none they take options of old. */
const whileThinking =
  (byDefault: string) =>
  (wire: JsonObject): string | undefined => {
    if ((wire["reasoning_effort"] ?? byDefault) === "none") return undefined;
    const name = SWITCHED_OFF.find((member) => isSaid(wire[member]));
    return name && `Unsupported parameter: '${name}' is not supported with this model.`;
  };

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 1;
}

/** https://platform.openai.com/docs/guides/reasoning */
const OPENAI_RULES: readonly ModelRules[] = [
  {
    names: /^(?:o\d|gpt-5(?!.*chat))/,
    refuses: ["max_tokens", "logit_bias", "stop"],
    only: { presence_penalty: 0, frequency_penalty: 0 },
  },
  {
    names: /^(?:o\d|gpt-5(?![.\w]|.*chat))/,
    refuses: ["logprobs", "top_logprobs"],
    only: { temperature: 1, top_p: 1 },
  },
  { names: /^o\d/, efforts: ["low", "medium", "high"] },
  { names: /^gpt-5(?![.]|.*chat)/, efforts: ["minimal", "low", "medium", "high"] },
  { names: /^gpt-5\.1(?!.*chat)/, efforts: ["none", "low", "medium", "high"] },
  { names: /^gpt-5\.[245](?!.*chat)/, efforts: ["none", "low", "medium", "high", "xhigh"] },
  { names: /^gpt-5\.[124](?!.*chat)/, fault: whileThinking("none") },
  { names: /^gpt-5\.[5-9](?!.*chat)/, fault: whileThinking("medium") },
  { names: /^(?:gpt-3|gpt-4(?:$|-0\d{3}|-32k)|o[13]-mini)/, textOnly: true },
  { names: /^(?:gpt-[34]|chatgpt-|gpt-5.*chat)/, refuses: ["reasoning_effort"] },
];

/** Whoever has no table of its own answers as OpenAI does. */
export const OPENAI: ChatVendor = {
  name: "openai",
  path: /./,
  members: CHAT_MEMBERS,
  models: OPENAI_RULES,
};
