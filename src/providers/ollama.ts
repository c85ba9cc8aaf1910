import { ollamaEmbed } from "../formats/embeddings/ollama.ts";
import { ollamaFormat } from "./ollama-dialect.ts";
import type { Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

/** https://docs.ollama.com/api */
const PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/api/chat",
  "llm/v1/completions": "/api/generate",
  "llm/v1/embeddings": "/api/embed",
};

export const ollama: Provider = {
  name: "ollama",
  about: "An Ollama server of one's own.",
  format: ollamaFormat,
  embeddings: () => ollamaEmbed,
  origin: () => undefined,
  path: ({ routeType }) => PATHS[routeType],
  streamUsage: () => false,
};
