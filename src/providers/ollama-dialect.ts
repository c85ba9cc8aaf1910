import { ollamaEmbed } from "../formats/embeddings/ollama.ts";
import { ollamaChat } from "../formats/ollama/chat/format.ts";
import { ollamaGenerate } from "../formats/ollama/generate/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { RouteType } from "./target-schema.ts";

const FORMATS: Readonly<Partial<Record<RouteType, WireFormat>>> = {
  "llm/v1/chat": ollamaChat,
  "llm/v1/completions": ollamaGenerate,
};

/** For a server of Ollama's own API (https://docs.ollama.com/api), whatever model it runs. */
export function ollamaFormat(routeType: RouteType): WireFormat | undefined {
  return FORMATS[routeType];
}

/** What a server of one's own turns texts into vectors with; the raw dialect only generates. */
export const EMBEDDINGS_OF_DIALECTS = {
  openai: "as-it-came",
  ollama: ollamaEmbed,
  raw: undefined,
} as const;
