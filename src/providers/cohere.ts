import { cohereChat } from "../formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../formats/cohere/chat-v1/format.ts";
import { cohereGenerate } from "../formats/cohere/generate/format.ts";
import { cohereEmbed } from "../formats/embeddings/cohere.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { ModelOptions, Provider } from "./provider.ts";
import { PLAIN_TOOL_NAMES, WORD_TOOL_NAMES } from "./tool-names.ts";

const CHATS = {
  v1: { path: "/v1/chat", format: cohereChatV1 },
  v2: { path: "/v2/chat", format: cohereChat },
} as const satisfies Record<string, { readonly path: string; readonly format: WireFormat }>;

export const cohere: Provider = {
  name: "cohere",
  about: "Cohere's Command and Embed models.",
  modelNames: /^command-/,
  /** https://docs.cohere.com/reference/chat; each has its version, and a base URL of one is a base of the other. */
  operations: {
    "llm/v1/chat": {
      format: (options) => chatOf(options).format,
      path: ({ options }) => chatOf(options).path,
      under: (base) => `${base}/chat`,
    },
    "llm/v1/completions": {
      format: () => cohereGenerate,
      path: "/v1/generate",
      under: (base) => `${base.replace(/\/v2$/, "/v1")}/generate`,
    },
    "llm/v1/embeddings": {
      format: ({ cohere: { embedding_input_type } }) => cohereEmbed(embedding_input_type),
      path: "/v2/embed",
      under: (base) => `${base.replace(/\/v1$/, "/v2")}/embed`,
    },
  },
  origin: () => "https://api.cohere.com",
  toolNames: ({ options }) => (chatOf(options) === CHATS.v1 ? WORD_TOOL_NAMES : PLAIN_TOOL_NAMES),
  streamUsage: () => false,
};

/** An address of v1 means v1, unless the other is named. */
function chatOf({ cohere: { cohere_api }, upstream_url, upstream_path }: ModelOptions) {
  const version = cohere_api ?? (V1_CHAT.test(upstream_url || upstream_path || "") ? "v1" : "v2");
  return CHATS[version];
}

const V1_CHAT = /\/v1\/chat\/?(?:[?#]|$)/;
