import { huggingfaceFeatures } from "../formats/embeddings/huggingface.ts";
import { huggingfaceGenerate } from "../formats/tgi/huggingface/format.ts";
import type { FamilyRules } from "./chat-rules.ts";
import {
  ANSWER_MEMBERS,
  CALL_MEMBERS,
  NO_THOUGHTS,
  OPENAI_LIKE,
  openAiChatFormat,
} from "./openai-dialect.ts";
import { pathSegment } from "./path-segment.ts";
import type { Operation, Provider } from "./provider.ts";
import { GENERATE_ENDINGS } from "./raw-dialect.ts";

const CHAT: FamilyRules = [
  ...OPENAI_LIKE,
  {
    about: "",
    rules: { messages: { ...NO_THOUGHTS, refused: ANSWER_MEMBERS, knownInCalls: CALL_MEMBERS } },
  },
];

/** https://huggingface.co/docs/inference-providers/providers/hf-inference */
export const huggingface: Provider = {
  name: "huggingface",
  about: "Hugging Face's serverless inference, and its dedicated endpoints.",
  format: (routeType) =>
    routeType === "llm/v1/completions" ? huggingfaceGenerate : openAiChatFormat(routeType),
  embeddings: () => huggingfaceFeatures,
  origin: () => "https://router.huggingface.co",
  path,
  urlSuffix: (routeType) => (routeType === "llm/v1/chat" ? "/v1/chat/completions" : undefined),
  headers: ({ options }) => ({
    "x-use-cache": String(options.huggingface.use_cache ?? false),
    "x-wait-for-model": String(options.huggingface.wait_for_model ?? false),
  }),
  families: ({ routeType }) => (routeType === "llm/v1/chat" ? CHAT : undefined),
  streamUsage: () => true,
  streamEndings: GENERATE_ENDINGS,
};

function path({ routeType, model }: Operation): string | undefined {
  switch (routeType) {
    case "llm/v1/chat":
      return `${modelBase(model)}/v1/chat/completions`;
    case "llm/v1/completions":
      return modelBase(model);
    case "llm/v1/embeddings":
      return `${modelBase(model)}/pipeline/feature-extraction`;
    case "video/v1/videos/generations":
      return "/v1/videos";
    case "preserve":
    case "llm/v1/responses":
    case "llm/v1/assistants":
    case "llm/v1/files":
    case "llm/v1/batches":
    case "audio/v1/audio/speech":
    case "audio/v1/audio/transcriptions":
    case "audio/v1/audio/translations":
    case "image/v1/images/generations":
    case "image/v1/images/edits":
    case "realtime/v1/realtime":
    case "llm/v1/multimodal-embeddings":
      return undefined;
  }
}

/** Models are named `owner/name`, and that one slash is the path's. */
function modelBase(model: string): string {
  const slash = model.indexOf("/");
  const owner = slash < 0 ? "" : `${pathSegment(model.slice(0, slash))}/`;
  return `/hf-inference/models/${owner}${pathSegment(model.slice(slash + 1))}`;
}
