import { huggingfaceFeatures } from "../formats/embeddings/huggingface.ts";
import { huggingfaceGenerate } from "../formats/tgi/huggingface/format.ts";
import type { FamilyRules } from "./chat-rules.ts";
import {
  ANSWER_MEMBERS,
  CALL_MEMBERS,
  NO_THOUGHTS,
  OPENAI_CHAT,
  OPENAI_LIKE,
} from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { GENERATE_ENDINGS } from "./self-hosted.ts";
import { pathSegment } from "./upstream-path.ts";

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
  operations: {
    "llm/v1/chat": {
      ...OPENAI_CHAT,
      path: ({ model }) => `${modelBase(model)}/v1/chat/completions`,
      suffix: "/v1/chat/completions",
      streamEndings: GENERATE_ENDINGS,
      // The suffix completes it for every call.
      under: withoutVersion,
    },
    "llm/v1/completions": {
      format: () => huggingfaceGenerate,
      path: ({ model }) => modelBase(model),
      streamEndings: GENERATE_ENDINGS,
      under: (base) => `${withoutVersion(base)}/generate`,
    },
    preserve: { streamEndings: GENERATE_ENDINGS },
    "llm/v1/embeddings": {
      format: () => huggingfaceFeatures,
      path: ({ model }) => `${modelBase(model)}/pipeline/feature-extraction`,
      under: (base) => `${withoutVersion(base)}/embed`,
    },
    "video/v1/videos/generations": { path: "/v1/videos" },
  },
  origin: () => "https://router.huggingface.co",
  headers: ({ options }) => ({
    "x-use-cache": String(options.huggingface.use_cache ?? false),
    "x-wait-for-model": String(options.huggingface.wait_for_model ?? false),
  }),
  families: ({ routeType }) => (routeType === "llm/v1/chat" ? CHAT : undefined),
  streamUsage: () => true,
};

/** An endpoint of one's own has OpenAI's dialect for chats only, and that beside its own paths. */
function withoutVersion(base: string): string {
  return base.replace(/\/v1$/, "");
}

/** Models are named `owner/name`, and that one slash is the path's. */
function modelBase(model: string): string {
  const slash = model.indexOf("/");
  const owner = slash < 0 ? "" : `${pathSegment(model.slice(0, slash))}/`;
  return `/hf-inference/models/${owner}${pathSegment(model.slice(slash + 1))}`;
}
