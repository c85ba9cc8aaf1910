import { openaiResponses } from "../formats/openai/responses/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { FamilyRules } from "./chat-rules.ts";
import {
  OPENAI_CHAT,
  OPENAI_COMPLETIONS,
  OPENAI_EMBEDDINGS,
  OPENAI_LIKE,
  OPENAI_RESPONSES,
} from "./openai-dialect.ts";
import { OPENAI_MODEL_NAME, OPENAI_MODELS } from "./openai-models.ts";
import type { Endpoint, ModelOptions, Provider } from "./provider.ts";

const OPENAIS_OWN: FamilyRules = [
  // OpenAI knows both names.
  { about: "", rules: { tokenCap: "max_tokens" } },
  ...OPENAI_MODELS,
];

/** Who knows what it takes: DeepSeek wants its own thoughts back, OpenRouter has `cache_control`. */
const ANY_SERVER: FamilyRules = [
  ...OPENAI_LIKE,
  { about: "", rules: { members: { top_k: "refused" }, tools: { mayBeIdle: true } } },
];

/**
 * Not every server with OpenAI's dialect has Responses: below a base URL that is not OpenAI's own the same is
 * asked as a chat. An address that is written out says itself which it is.
 */
const RESPONSES: Endpoint<WireFormat> = {
  ...OPENAI_RESPONSES,
  format: ({ upstream_url: url }) =>
    url?.endsWith(OPENAI_CHAT.path.slice("/v1".length)) ? undefined : openaiResponses,
  under: (base) =>
    base +
    (isOpenAisOwn({ upstream_url: base }) ? OPENAI_RESPONSES : OPENAI_CHAT).path.slice(
      "/v1".length,
    ),
};

export const openai: Provider = {
  name: "openai",
  about: "OpenAI, and any server that speaks its dialect.",
  modelNames: /^(?:gpt-|chatgpt-|o\d|ft:gpt-|davinci|babbage)/,
  /** https://platform.openai.com/docs/api-reference */
  operations: {
    "llm/v1/chat": OPENAI_CHAT,
    "llm/v1/completions": OPENAI_COMPLETIONS,
    "llm/v1/embeddings": OPENAI_EMBEDDINGS,
    "llm/v1/responses": RESPONSES,
    "llm/v1/assistants": { path: "/v1/assistants" },
    "llm/v1/files": { path: "/v1/files" },
    "llm/v1/batches": { path: "/v1/batches" },
    "audio/v1/audio/speech": { path: "/v1/audio/speech" },
    "audio/v1/audio/transcriptions": { path: "/v1/audio/transcriptions" },
    "audio/v1/audio/translations": { path: "/v1/audio/translations" },
    "image/v1/images/generations": { path: "/v1/images/generations" },
    "image/v1/images/edits": { path: "/v1/images/edits" },
    "video/v1/videos/generations": { path: "/v1/videos" },
    "realtime/v1/realtime": { path: "/v1/realtime" },
  },
  origin: () => "https://api.openai.com",
  families: ({ model, options }) =>
    OPENAI_MODEL_NAME.test(model) || isOpenAisOwn(options) ? OPENAIS_OWN : ANY_SERVER,
  takesFunctions: true,
  streamUsage: () => true,
};

function isOpenAisOwn({ upstream_url }: Pick<ModelOptions, "upstream_url">): boolean {
  return (
    !upstream_url ||
    /^https?:\/\/(?:[^/?#@]*\.)?openai\.(?:azure\.)?com(?:[:/?#]|$)/i.test(upstream_url)
  );
}
