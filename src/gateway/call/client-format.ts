import type { JsonObject } from "../../chat/json.ts";
import { anthropicMessages } from "../../formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../formats/bedrock/format.ts";
import { cohereChat } from "../../formats/cohere/chat/format.ts";
import { geminiGenerate } from "../../formats/gemini/format.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import { asksForFunctions, callsFunctions } from "../../formats/openai/chat/tools.ts";
import { openaiCompletions } from "../../formats/openai/completions/format.ts";
import { isCompletionRequest } from "../../formats/openai/intent.ts";
import { openaiResponses } from "../../formats/openai/responses/format.ts";
import { isResponseRequest } from "../../formats/openai/responses/items.ts";
import { huggingfaceGenerate } from "../../formats/tgi/huggingface/format.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { type LlmFormat, operationOf, type RouteType } from "../../providers/operations.ts";
import { type Prompt, promptOf } from "./prompt.ts";

/** What is spoken to a client whose dialect is not known yet: most SDKs read errors in it. */
export const commonFormat: WireFormat = openaiChat;

/** Its name as an option. */
export const COMMON_LLM_FORMAT = "openai" satisfies LlmFormat;

const NATIVE = {
  anthropic: anthropicMessages,
  bedrock: bedrockConverse,
  cohere: cohereChat,
  gemini: geminiGenerate,
  huggingface: huggingfaceGenerate,
} as const satisfies Record<Exclude<LlmFormat, "openai">, WireFormat>;

/** The dialect that a request's text is read in by plugins that look at prompts. */
export function promptFormat(llmFormat: LlmFormat, wire: JsonObject): WireFormat {
  if (llmFormat !== "openai") return NATIVE[llmFormat];
  return isCompletionRequest(wire) ? openaiCompletions : openaiChat;
}

/** Whether requests are edited member by member: the common dialect has seats for everything. */
export function isCommonFormat(format: WireFormat): boolean {
  return format === openaiChat || format === openaiCompletions;
}

/** Whether it is one prompt to be gone on with, and no conversation. */
export function isCompletion({ format }: Prompt): boolean {
  return format === openaiCompletions;
}

/** Whether the client asks for calls of functions as they were before there were tools. */
export function knowsOldCallsOnly({ format, wire }: Prompt): boolean {
  return format === openaiChat && asksForFunctions(wire);
}

/** Whether the history holds such calls, or their results. */
export function hasOldCalls({ format, wire }: Prompt): boolean {
  return format === openaiChat && callsFunctions(wire);
}

/** The dialect of clients of an operation; undefined where there is none yet. */
export function clientFormat(llmFormat: LlmFormat, routeType: RouteType): WireFormat | undefined {
  return operationOf(routeType).clients?.[llmFormat];
}

/** Who read the request first may not have known which of the common dialects it is. */
export function inDialect(prompt: Prompt, format: WireFormat): Prompt {
  const isOther = format === openaiResponses && isCommonFormat(prompt.format);
  if (!isOther) return prompt;
  const { chat: _, ...read } = prompt;
  return { ...read, ...promptOf(format, prompt.wire, prompt.path, prompt.bytes) };
}

/** A response's request that came as a chat's, as what it is; undefined for any other. */
export function responseAtChat(prompt: Prompt): Prompt | undefined {
  const { format, wire, large } = prompt;
  if (format !== openaiChat || large || !isResponseRequest(wire)) return undefined;
  return inDialect(prompt, openaiResponses);
}
