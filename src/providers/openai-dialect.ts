import { openaiChat } from "../formats/openai/chat/format.ts";
import { openaiCompletions } from "../formats/openai/completions/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { Adaptation, ChatRules, FamilyRules, MessageRules } from "./chat-rules.ts";
import { rejectsSampling } from "./model-families.ts";
import type { Operation } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

/** https://platform.openai.com/docs/api-reference */
export const OPENAI_PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/v1/chat/completions",
  "llm/v1/completions": "/v1/completions",
  "llm/v1/embeddings": "/v1/embeddings",
  "llm/v1/responses": "/v1/responses",
  "llm/v1/assistants": "/v1/assistants",
  "llm/v1/files": "/v1/files",
  "llm/v1/batches": "/v1/batches",
  "audio/v1/audio/speech": "/v1/audio/speech",
  "audio/v1/audio/transcriptions": "/v1/audio/transcriptions",
  "audio/v1/audio/translations": "/v1/audio/translations",
  "image/v1/images/generations": "/v1/images/generations",
  "image/v1/images/edits": "/v1/images/edits",
  "video/v1/videos/generations": "/v1/videos",
  "realtime/v1/realtime": "/v1/realtime",
};

export function openAiFormat(routeType: RouteType): WireFormat | undefined {
  return routeType === "llm/v1/completions" ? openaiCompletions : openAiChatFormat(routeType);
}

/** For vendors without the legacy completions. */
export function openAiChatFormat(routeType: RouteType): WireFormat | undefined {
  return routeType === "llm/v1/chat" ? openaiChat : undefined;
}

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

/** Whether the body is a request for text in the dialect at hand, rather than passed through. */
export function isText({ routeType }: Operation): boolean {
  return routeType === "llm/v1/chat" || routeType === "llm/v1/completions";
}
