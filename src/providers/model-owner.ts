import type { ProviderName } from "./target-schema.ts";

/** Whose models go by which names, where the name alone tells. */
const OWNERS: readonly { names: RegExp; provider: ProviderName }[] = [
  { names: /^(?:gpt-|chatgpt-|o\d|ft:gpt-|davinci|babbage)/, provider: "openai" },
  { names: /^claude-/, provider: "anthropic" },
  { names: /^gemini-/, provider: "gemini" },
  { names: /^command-/, provider: "cohere" },
  {
    names: /^(?:mistral-|ministral-|codestral-|magistral-|pixtral-|devstral-)/,
    provider: "mistral",
  },
  { names: /^grok-/, provider: "xai" },
  { names: /^deepseek-/, provider: "deepseek" },
  { names: /^(?:qwen-|qwq-)/, provider: "dashscope" },
];

/** The provider that a bare model name belongs to. */
export function providerOfModel(name: string): ProviderName | undefined {
  return OWNERS.find(({ names }) => names.test(name))?.provider;
}
