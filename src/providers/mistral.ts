import { mistralRaw } from "../formats/tgi/llama2/format.ts";
import { MISTRAL_MODELS, MISTRAL_PLATFORM } from "./mistral-platform.ts";
import { EMBEDDINGS_OF_DIALECTS, ollamaFormat } from "./ollama-dialect.ts";
import { openAiChatFormat } from "./openai-dialect.ts";
import type { ModelOptions, Provider } from "./provider.ts";
import { GENERATE_ENDINGS, rawFormat } from "./raw-dialect.ts";
import type { RouteType } from "./target-schema.ts";

const PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/v1/chat/completions",
  "llm/v1/embeddings": "/v1/embeddings",
};

export const mistral: Provider = {
  name: "mistral",
  about: "Mistral's platform, and self-hosted Mistral models.",
  format: (routeType, { mistral_format }) => {
    switch (mistral_format) {
      case "openai":
        return openAiChatFormat(routeType);
      case "ollama":
        return ollamaFormat(routeType);
      case "raw":
        return rawFormat(routeType, mistralRaw);
      case undefined:
        return undefined;
    }
  },
  // Its tool calls have no `type`, and its content may be a list (https://docs.mistral.ai/api/).
  departs: ({ mistral_format }) => mistral_format === "openai",
  embeddings: ({ options }) => EMBEDDINGS_OF_DIALECTS[options.mistral_format ?? "raw"],
  origin: () => "https://api.mistral.ai",
  path: ({ routeType }) => PATHS[routeType],
  families: ({ options }) => {
    if (options.mistral_format !== "openai") return undefined;
    return isMistralsOwn(options) ? MISTRAL_PLATFORM : MISTRAL_MODELS;
  },
  streamUsage: (options) => options.mistral_format === "openai" && !isMistralsOwn(options),
  streamEndings: ({ mistral_format }) => (mistral_format === "raw" ? GENERATE_ENDINGS : []),
};

function isMistralsOwn({ upstream_url }: ModelOptions): boolean {
  return !upstream_url || /^https?:\/\/(?:[^/?#@]*\.)?mistral\.ai(?:[:/?#]|$)/i.test(upstream_url);
}
