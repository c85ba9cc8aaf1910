import { mistralRaw } from "../formats/tgi/llama2/format.ts";
import { MISTRAL_MODELS, MISTRAL_PLATFORM } from "./mistral-platform.ts";
import type { ModelOptions, Provider } from "./provider.ts";
import { selfHosted } from "./self-hosted.ts";

const SELF_HOSTED = selfHosted({
  dialect: ({ mistral_format }) => mistral_format,
  raw: () => mistralRaw,
});

export const mistral: Provider = {
  name: "mistral",
  about: "Mistral's platform, and self-hosted Mistral models.",
  modelNames: /^(?:mistral-|ministral-|codestral-|magistral-|pixtral-|devstral-)/,
  operations: {
    ...SELF_HOSTED,
    "llm/v1/chat": { ...SELF_HOSTED["llm/v1/chat"], path: "/v1/chat/completions" },
    "llm/v1/embeddings": { ...SELF_HOSTED["llm/v1/embeddings"], path: "/v1/embeddings" },
  },
  // Its tool calls have no `type`, and its content may be a list (https://docs.mistral.ai/api/).
  deviates: ({ mistral_format }) => mistral_format === "openai",
  origin: () => "https://api.mistral.ai",
  families: ({ options }) => {
    if (options.mistral_format !== "openai") return undefined;
    return isMistralsOwn(options) ? MISTRAL_PLATFORM : MISTRAL_MODELS;
  },
  streamUsage: (options) => options.mistral_format === "openai" && !isMistralsOwn(options),
};

function isMistralsOwn({ upstream_url }: ModelOptions): boolean {
  return !upstream_url || /^https?:\/\/(?:[^/?#@]*\.)?mistral\.ai(?:[:/?#]|$)/i.test(upstream_url);
}
