import { openaiChat } from "../formats/openai/chat/format.ts";
import { openaiCompletions } from "../formats/openai/completions/format.ts";
import { openaiResponses } from "../formats/openai/responses/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { Adaptation, ChatRules, FamilyRules, MessageRules } from "./chat-rules.ts";
import type { Endpoint } from "./provider.ts";
import { rejectsSampling } from "./sampling.ts";

/** The dialect in OpenAI's operations of text, at OpenAI's own address of a server with that dialect. */
export const OPENAI_CHAT = {
  format: () => openaiChat,
  path: "/v1/chat/completions",
} as const satisfies Endpoint<WireFormat>;

export const OPENAI_COMPLETIONS = {
  format: () => openaiCompletions,
  path: "/v1/completions",
} as const satisfies Endpoint<WireFormat>;

export const OPENAI_RESPONSES = {
  format: () => openaiResponses,
  path: "/v1/responses",
} as const satisfies Endpoint<WireFormat>;

export const OPENAI_EMBEDDINGS = {
  format: () => "as-it-came",
  path: "/v1/embeddings",
} as const satisfies Endpoint<"as-it-came">;

/** What some vendors' answers say of themselves; OpenAI and most others refuse it in a question. */
export const ANSWER_MEMBERS: ReadonlySet<string> = new Set([
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "reasoning_text",
  "thinking_blocks",
  "provider_specific_fields",
  "finish_reason",
  "stop_reason",
  "index",
  "logprobs",
  "parsed",
  "token_ids",
  "citations",
  "images",
  "audio",
  "cache_control",
]);

/** What stands in a turn of a tool; its name is that of the call, which the id tells. */
export const TOOL_MEMBERS: ReadonlySet<string> = new Set(["role", "content", "tool_call_id"]);

/** What OpenAI knows of a call of a tool; many vendors' answers have an `index` too. */
export const CALL_MEMBERS: ReadonlySet<string> = new Set(["id", "type", "function", "custom"]);

/** Where there are no functions there is nothing to choose. */
const NO_CHOICE: Adaptation = { about: "left out", adapt: () => ({ members: {} }) };

/** For vendors that know tools alone; what asks for functions reaches them as tools. */
export const NO_FUNCTIONS: Required<ChatRules>["members"] = {
  functions: "refused",
  function_call: NO_CHOICE,
};

/** Thoughts that stand among the parts of an answer, as Mistral's and Databricks' do. */
export const NO_THOUGHTS: Required<Pick<MessageRules, "parts">> = {
  parts: { thinking: "refused", reasoning: "refused", redacted_thinking: "refused" },
};

/** For models of text. */
export const TEXT_ONLY: MessageRules = {
  parts: { image_url: "refused", input_audio: "refused", file: "refused" },
};

/** Of those, what a server takes back that gives its answers so. */
export function answerMembersBut(...taken: readonly string[]): ReadonlySet<string> {
  return new Set([...ANSWER_MEMBERS].filter((member) => !taken.includes(member)));
}

/** What holds at every vendor with OpenAI's dialect but OpenAI: one name for the cap, and Claude is Claude. */
export const OPENAI_LIKE: FamilyRules = [
  { about: "", rules: { tokenCap: "max_tokens" } },
  {
    about: "models that take no sampling parameters, such as Claude Opus 4.7",
    models: { test: rejectsSampling },
    rules: { members: { temperature: "refused", top_p: "refused", top_k: "refused" } },
  },
];
