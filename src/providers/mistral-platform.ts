import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { dropped, effortAmong } from "./adaptations.ts";
import type { Adaptation, CallIds, FamilyRules, Tell } from "./chat-rules.ts";
import { ANSWER_MEMBERS, NO_FUNCTIONS, OPENAI_LIKE } from "./openai-dialect.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

/** https://docs.mistral.ai/capabilities/audio/ */
function audioPart(part: JsonObject): JsonObject {
  const { type, input_audio: audio } = part;
  return isJsonObject(audio) ? { type, input_audio: audio.data } : part;
}

/** https://docs.mistral.ai/capabilities/document_ai/document_qna */
function filePart(part: JsonObject): JsonObject {
  if (!isJsonObject(part.file)) return part;
  const { file_id, file_data, filename } = part.file;
  if (file_data === undefined) return { type: "file", file_id };
  return {
    type: "document_url",
    document_url: file_data,
    ...(filename !== undefined && { document_name: filename }),
  };
}

/** What stands between results of tools and a user who did not wait for the answer. */
const BRIDGE: JsonObject = { role: "assistant", content: "OK" };

/**
 * The turns of a tool are answered by the assistant (`Unexpected role 'user' after role 'tool'`), and
 * a last turn of the assistant's is one to go on with (`prefix`).
 * https://docs.mistral.ai/capabilities/completion/prefix
 */
function mistralOrder(messages: readonly Json[], tell: Tell): readonly Json[] {
  const last = messages.length - 1;
  const ends = messages[last];
  const isUnmarked = isJsonObject(ends) && ends.role === "assistant" && ends.prefix === undefined;
  const hasGap = messages.some((message, index) => isGap(messages[index - 1], message));
  if (!isUnmarked && !hasGap) return messages;
  return messages.flatMap((message, index) => {
    if (index === last && isUnmarked) return [{ ...ends, prefix: true }];
    if (!isGap(messages[index - 1], message)) return [message];
    const reason =
      "Mistral lets no user speak before the assistant has answered a tool: it says OK";
    tell("approximated", `messages[${index}]`, reason);
    return [BRIDGE, message];
  });
}

function isGap(before: Json | undefined, message: Json): boolean {
  return (
    isJsonObject(before) &&
    before.role === "tool" &&
    isJsonObject(message) &&
    (message.role === "user" || message.role === "system")
  );
}

/** What Mistral's models want of a conversation, wherever they are served. */
export const MISTRAL_MODELS: FamilyRules = [
  ...OPENAI_LIKE,
  { about: "", rules: { messages: { refused: ANSWER_MEMBERS, order: mistralOrder } } },
];

/** https://docs.mistral.ai/api/#tag/chat: what it does not know it refuses. */
const MEMBERS: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "temperature",
  "top_p",
  "max_tokens",
  "max_completion_tokens",
  "stream",
  "stop",
  "random_seed",
  "metadata",
  "response_format",
  "tools",
  "presence_penalty",
  "frequency_penalty",
  "n",
  "prediction",
  "parallel_tool_calls",
  "prompt_mode",
  "guardrails",
  "prompt_cache_key",
  "safe_prompt",
]);

const SEED: Adaptation = {
  about: "`random_seed`",
  adapt(value) {
    if (typeof value !== "number" || value >= 0) return { members: { random_seed: value } };
    const reason = "Mistral takes no seed below 0";
    return { members: { random_seed: -value }, loss: { kind: "approximated", reason } };
  },
};

const TOOL_CHOICE: Adaptation = {
  about: "`required` is `any` there",
  adapt: (value) => (value === "required" ? { members: { tool_choice: "any" } } : undefined),
};

/** https://docs.mistral.ai/api/#tag/chat: from 0 to 1.5. */
const WITHIN_TEMPERATURES: Adaptation = {
  about: "1.5 at most",
  adapt(value) {
    if (typeof value !== "number" || value <= 1.5) return undefined;
    const reason = "Mistral's highest temperature is 1.5";
    return { members: { temperature: 1.5 }, loss: { kind: "approximated", reason } };
  },
};

const SERVICE_TIER: Adaptation = {
  about: "`auto` and `standard_only` alone",
  adapt(value) {
    if (value === "auto" || value === "standard_only") return undefined;
    if (value === "default") return { members: {} };
    return dropped("Mistral takes auto and standard_only");
  },
};

/** https://mistralai.github.io/mistral-common/usage/tools/ */
const CALL_IDS: CallIds = {
  accepted: /^[a-zA-Z0-9]{9}$/,
  made: (digits) => digits.slice(0, 9),
};

const SPOKEN: ReadonlySet<string> = new Set(["role", "content"]);

/** The platform, and Vertex AI's endpoint of the same shape. */
export const MISTRAL_PLATFORM: FamilyRules = [
  ...MISTRAL_MODELS,
  {
    about: "",
    rules: {
      known: MEMBERS,
      members: {
        seed: SEED,
        ...NO_FUNCTIONS,
        tool_choice: TOOL_CHOICE,
        temperature: WITHIN_TEMPERATURES,
        service_tier: SERVICE_TIER,
        reasoning_effort: effortAmong("none", "minimal", "low", "medium", "high", "xhigh"),
      },
      messages: {
        roles: { developer: "system" },
        known: {
          system: SPOKEN,
          user: SPOKEN,
          assistant: new Set([...SPOKEN, "tool_calls", "prefix"]),
          tool: new Set([...SPOKEN, "tool_call_id", "name"]),
        },
        refusedInParts: new Set(["cache_control"]),
        parts: {
          input_audio: audioPart,
          file: filePart,
          reasoning: "refused",
          redacted_thinking: "refused",
        },
        callIds: CALL_IDS,
        knownInCalls: new Set(["id", "type", "function", "index"]),
        refusalIsText: true,
      },
      tools: {
        names: PLAIN_TOOL_NAMES,
        refused: new Set(["cache_control"]),
        needsParameters: true,
      },
    },
  },
];
