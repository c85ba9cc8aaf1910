import type { JsonObject } from "../../../chat/json.ts";
import type { AssistantPart, Message } from "../../../chat/message.ts";
import type { ChatRequest, ReasoningRequest, ResponseFormat } from "../../../chat/request.ts";
import { withoutAbsent } from "../../fields.ts";
import { withoutPaths } from "../../leftovers.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { encodeContent, encodeSaid } from "./content.ts";
import { SIGNER } from "./decode-answer.ts";
import { encodeToolChoice, encodeTools } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  const extra = withoutPaths(ownExtra(chat, FORMAT_NAME, list) ?? {});
  const { responseFormat, reasoning, logprobs } = chat;
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  dropOptions(chat, list);
  const wire = withoutAbsent({
    ...extra,
    model: chat.model === "" ? undefined : chat.model,
    input: chat.messages.flatMap((message, i) => encodeMessage(message, `messages[${i}]`, list)),
    tools: chat.tools && encodeTools(chat.tools, list),
    tool_choice: chat.toolChoice && encodeToolChoice(chat.toolChoice),
    parallel_tool_calls: chat.parallelToolCalls,
    text: responseFormat ? { format: encodeFormat(responseFormat) } : extra["text"],
    reasoning: reasoning && encodeReasoning(reasoning, list),
    max_output_tokens: chat.maxTokens,
    temperature: chat.temperature,
    top_p: chat.topP,
    top_logprobs: logprobs?.top,
    include: logprobs ? ["message.output_text.logprobs"] : undefined,
    user: chat.user,
    service_tier: chat.serviceTier,
    stream: chat.stream,
    store: extra["store"] ?? false,
  });
  return { wire, notices: list.notices };
}

function dropOptions(chat: ChatRequest, list: NoticeList): void {
  const { topK, stop, seed, presencePenalty, frequencyPenalty, choiceCount } = chat;
  const lost = {
    top_k: topK,
    stop,
    seed,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    n: choiceCount === 1 ? undefined : choiceCount,
  };
  for (const [field, value] of Object.entries(lost)) {
    if (value !== undefined) list.dropped(field, "OpenAI Responses have no such member.");
  }
}

function encodeMessage(message: Message, at: string, list: NoticeList): JsonObject[] {
  switch (message.role) {
    case "system": {
      const role = message.developer ? "developer" : "system";
      return [{ type: "message", role, content: encodeContent(message.content) }];
    }
    case "user":
      return [{ type: "message", role: "user", content: encodeContent(message.content) }];
    case "tool": {
      if (message.failed) {
        list.dropped(
          `${at}.failed`,
          "Responses have no mark for a failed tool; its text stands alone.",
        );
      }
      const output = encodeContent(message.content);
      return [{ type: "function_call_output", call_id: message.callId, output }];
    }
    case "assistant":
      return encodeAssistant(message.content, at, list);
  }
}

/** Words that follow one another are one item. */
function encodeAssistant(
  parts: readonly AssistantPart[],
  at: string,
  list: NoticeList,
): JsonObject[] {
  const items: JsonObject[] = [];
  let said: JsonObject[] | undefined;
  for (const [i, part] of parts.entries()) {
    if (part.type === "text" || part.type === "refusal") {
      if (!said) {
        said = [];
        items.push({ type: "message", role: "assistant", content: said });
      }
      said.push(encodeSaid(part));
      continue;
    }
    said = undefined;
    switch (part.type) {
      case "file":
        list.dropped(`${at}.content[${i}]`, "Responses have no seat for a file in a model's turn.");
        break;
      case "tool-call":
        items.push(encodeCall(part));
        break;
      case "reasoning":
        items.push(...encodeThought(part, `${at}.content[${i}]`, list));
    }
  }
  return items;
}

function encodeCall(part: Extract<AssistantPart, { type: "tool-call" }>): JsonObject {
  const called = { call_id: part.id, name: part.name };
  if (part.custom) return { type: "custom_tool_call", ...called, input: part.arguments };
  return { type: "function_call", ...called, arguments: part.arguments };
}

/** OpenAI takes back what it has encrypted itself, and nothing else. */
function encodeThought(
  part: Extract<AssistantPart, { type: "reasoning" }>,
  at: string,
  list: NoticeList,
): JsonObject[] {
  if (part.redacted === undefined || part.signer !== SIGNER) {
    list.dropped(at, "OpenAI takes no thoughts but those that it has encrypted itself.");
    return [];
  }
  const summary = part.text === "" ? [] : [{ type: "summary_text", text: part.text }];
  return [{ type: "reasoning", summary, encrypted_content: part.redacted }];
}

function encodeFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema": {
      const { name, schema, description, strict } = format;
      return withoutAbsent({ type: "json_schema", name, description, schema, strict });
    }
  }
}

function encodeReasoning(reasoning: ReasoningRequest, list: NoticeList): JsonObject | undefined {
  const { effort, budgetTokens, adaptive, includeText } = reasoning;
  const summary = includeText ? { summary: "auto" } : {};
  if (budgetTokens !== undefined && effort === undefined) {
    const word = budgetTokens <= 1024 ? "low" : budgetTokens <= 8192 ? "medium" : "high";
    list.approximated("reasoning.budgetTokens", `Responses take an effort word: ${word}.`);
    return { effort: word, ...summary };
  }
  if (adaptive && effort === undefined) {
    list.approximated("reasoning.adaptive", "The model's own default, as no effort is named.");
  }
  if (effort === undefined && !includeText) return undefined;
  return { ...(effort !== undefined && { effort }), ...summary };
}
