import { ollamaEmbed } from "../formats/embeddings/ollama.ts";
import { ollamaChat } from "../formats/ollama/chat/format.ts";
import { ollamaGenerate } from "../formats/ollama/generate/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { OPENAI_CHAT, OPENAI_EMBEDDINGS } from "./openai-dialect.ts";
import type { Endpoint, ModelOptions, Operations, StreamEndings } from "./provider.ts";

/** A server of Ollama's own API, whatever model it runs: https://docs.ollama.com/api */
export const OLLAMA_OPERATIONS = {
  "llm/v1/chat": {
    format: () => ollamaChat,
    path: "/api/chat",
    under: (base) => `${base}/api/chat`,
  },
  "llm/v1/completions": {
    format: () => ollamaGenerate,
    path: "/api/generate",
    under: (base) => `${base}/api/generate`,
  },
  "llm/v1/embeddings": {
    // It has OpenAI's operation beside its own: https://docs.ollama.com/api/openai-compatibility
    format: ({ upstream_url: url }) =>
      url?.endsWith("/v1/embeddings") ? "as-it-came" : ollamaEmbed,
    path: "/api/embed",
    under: (base) => `${base}/api/embed`,
  },
} as const satisfies Operations;

/** https://huggingface.github.io/text-generation-inference/ */
export const GENERATE_ENDINGS: StreamEndings = [["/generate", "/generate_stream"]];

/** Which dialect a server of one's own speaks. */
export interface SelfHosted {
  dialect(options: ModelOptions): "openai" | "ollama" | "raw" | undefined;
  /** The dialect of plain prompts, which makes no difference between chats and completions. */
  raw(options: ModelOptions): WireFormat;
  /** The legacy completions of its OpenAI dialect, where it has them. */
  readonly completions?: WireFormat;
}

/** What such a server serves, at the address that is configured for it. */
export function selfHosted({ dialect, raw, completions }: SelfHosted) {
  const streamEndings = (options: ModelOptions) =>
    dialect(options) === "raw" ? GENERATE_ENDINGS : [];
  const text = (openai: WireFormat | undefined, ollama: WireFormat): Endpoint<WireFormat> => ({
    format(options) {
      switch (dialect(options)) {
        case "openai":
          return openai;
        case "ollama":
          return ollama;
        case "raw":
          return raw(options);
        case undefined:
          return undefined;
      }
    },
    streamEndings,
  });
  return {
    "llm/v1/chat": text(OPENAI_CHAT.format(), ollamaChat),
    "llm/v1/completions": text(completions, ollamaGenerate),
    preserve: { streamEndings },
    "llm/v1/embeddings": { format: (options) => EMBEDDINGS[dialect(options) ?? "raw"] },
  } satisfies Operations;
}

/** The raw dialect only generates. */
const EMBEDDINGS = {
  openai: OPENAI_EMBEDDINGS.format(),
  ollama: ollamaEmbed,
  raw: undefined,
} as const;
