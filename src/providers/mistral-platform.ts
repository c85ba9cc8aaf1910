import type { CallIds } from "./call-ids.ts";
import type { Adaptation, FamilyRules } from "./chat-rules.ts";
import { dropped, effortAmong } from "./effort.ts";
import { audioPart, filePart, mistralOrder } from "./mistral-messages.ts";
import { ANSWER_MEMBERS, OPENAI_LIKE } from "./openai-dialect.ts";
import { PLAIN_TOOL_NAMES } from "./tool-names.ts";

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
  // Tools in the retired form: left for it to refuse, since an answer without them is none.
  "functions",
  "function_call",
]);

const SEED: Adaptation = {
  about: "`random_seed`",
  adapt: (value) => ({ members: { random_seed: value } }),
};

const TOOL_CHOICE: Adaptation = {
  about: "`required` is `any` there",
  adapt: (value) => (value === "required" ? { members: { tool_choice: "any" } } : undefined),
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
        tool_choice: TOOL_CHOICE,
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
        parts: { input_audio: audioPart, file: filePart, reasoning: "refused" },
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
