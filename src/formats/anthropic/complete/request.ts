import type { Json, JsonObject } from "../../../chat/json.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { claudeTraits } from "../../claude/models.ts";
import {
  changesStream,
  invalidField,
  membersBeside,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  withChanges,
} from "../../fields.ts";
import { type Intent, PLAIN_INTENT } from "../../intent.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import { isFilledText, textList } from "../../prompt-text.ts";
import type { EncodedRequest, RequestPatch } from "../../wire-format.ts";
import { FORMAT_NAME } from "./response.ts";

const SEATED = new Set([
  "model",
  "prompt",
  "max_tokens_to_sample",
  "stop_sequences",
  "temperature",
  "top_p",
  "top_k",
  "metadata",
  "stream",
]);

export function decodeRequest(wire: JsonObject): ChatRequest {
  const messages = decodePrompt(requiredString(wire, "prompt", ""));
  const maxTokens = optionalInteger(wire, "max_tokens_to_sample", "");
  const temperature = optionalNumber(wire, "temperature", "");
  const topP = optionalNumber(wire, "top_p", "");
  const topK = optionalInteger(wire, "top_k", "");
  const stop = optionalArray(wire, "stop_sequences", "");
  const user = optionalString(optionalObject(wire, "metadata", "") ?? {}, "user_id", "metadata");
  const extra = membersBeside(wire, SEATED);
  return {
    kind: messages.length === 1 && messages[0]?.role === "user" ? "completion" : "chat",
    model: optionalString(wire, "model", "") ?? "",
    messages,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop && { stop: stop.map(decodeStop) }),
    ...(user !== undefined && { user }),
    stream: optionalBoolean(wire, "stream", "") ?? false,
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function decodeStop(word: Json, i: number): string {
  if (typeof word === "string") return word;
  throw invalidField(`stop_sequences[${i}]`, "must be a string");
}

/** Throws `invalid_request` for a conversation that is more than words. */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  if (chat.choiceCount !== undefined && chat.choiceCount !== 1) {
    throw invalidField("n", "must be 1: Anthropic gives one answer");
  }
  const list = noticeList();
  const extra = ownExtra(chat, FORMAT_NAME, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  dropNames(chat.messages, list);
  dropCitations(chat, list);
  dropUnseated(chat, list);
  const { maxTokens, temperature, topP, topK, stop, user } = chat;
  const wire = {
    ...extra,
    ...(chat.model !== "" && { model: chat.model }),
    prompt: encodePrompt(chat.messages),
    max_tokens_to_sample: maxTokens ?? claudeTraits(chat.model).defaultMaxTokens,
    ...(temperature !== undefined && { temperature: clamped(temperature, list) }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(stop && { stop_sequences: stop }),
    ...(user !== undefined && { metadata: { user_id: user } }),
    stream: chat.stream,
  };
  return { wire, notices: list.notices };
}

function clamped(temperature: number, list: NoticeList): number {
  if (temperature <= 1) return temperature;
  list.approximated(
    "temperature",
    `Anthropic's temperature ends at 1, so ${temperature} becomes 1.`,
  );
  return 1;
}

function dropCitations({ messages }: ChatRequest, list: NoticeList): void {
  for (const [i, { content }] of messages.entries()) {
    for (const [k, part] of content.entries()) {
      if (part.type !== "text" || !part.annotations) continue;
      list.dropped(`messages[${i}].content[${k}].annotations`, "A prompt is plain text.");
    }
  }
}

function dropUnseated(chat: ChatRequest, list: NoticeList): void {
  const unseated = {
    tools: chat.tools,
    tool_choice: chat.toolChoice,
    parallel_tool_calls: chat.parallelToolCalls,
    response_format: chat.responseFormat?.type === "text" ? undefined : chat.responseFormat,
    reasoning_effort: chat.reasoning,
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logprobs: chat.logprobs,
    service_tier: chat.serviceTier,
  };
  for (const [field, value] of Object.entries(unseated)) {
    if (value !== undefined) list.dropped(field, "Anthropic's Complete has no such member.");
  }
}

export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const changes: Record<string, Json> = {};
  if (patch.model !== undefined) changes["model"] = patch.model;
  if (patch.maxTokens !== undefined) changes["max_tokens_to_sample"] = patch.maxTokens;
  if (patch.temperature !== undefined) changes["temperature"] = patch.temperature;
  if (patch.topP !== undefined) changes["top_p"] = patch.topP;
  if (patch.topK !== undefined) changes["top_k"] = patch.topK;
  if (changesStream(wire, patch)) changes["stream"] = patch.stream === true;
  return withChanges(wire, changes);
}

/**
 * The conversation as one text: turns under `Human:` and `Assistant:`, a blank line between, the
 * system prompt without a heading, and the next answer's heading at the end.
 */
export function encodePrompt(messages: readonly Message[]): string {
  const turns = messages.map((message, i) => turnOf(message, `messages[${i}]`));
  return [...turns, "Assistant:"].join("\n\n");
}

function turnOf(message: Message, at: string): string {
  const text = textOf(message, at);
  switch (message.role) {
    case "system":
      return text;
    case "user":
      return `Human: ${text}`;
    case "assistant":
      return `Assistant: ${text}`;
    case "tool":
      throw invalidField(at, "cannot be sent to Anthropic's Complete: it takes no tools");
  }
}

function textOf({ content }: Message, at: string): string {
  const texts = content.map((part, i) => {
    if (part.type === "text") return part.text;
    throw invalidField(
      `${at}.content[${i}]`,
      "must be text: Anthropic's Complete takes nothing else",
    );
  });
  return texts.join("");
}

const TURN = /(?:^|\n\n)(Human|Assistant):/g;

/** The turns of a prompt; what stands ahead of the first is the system prompt. */
export function decodePrompt(prompt: string): Message[] {
  const heads = [...prompt.matchAll(TURN)];
  const before = prompt.slice(0, heads[0]?.index ?? prompt.length).trim();
  const messages = heads.flatMap((head, i): Message[] => {
    const isLast = i === heads.length - 1;
    const end = isLast ? prompt.length : heads[i + 1]?.index;
    const text = prompt.slice(head.index + head[0].length, end).trim();
    const content = [{ type: "text", text }] as const;
    if (head[1] === "Human") return [{ role: "user", content }];
    return isLast && text === "" ? [] : [{ role: "assistant", content }];
  });
  if (before === "") return messages;
  const content = [{ type: "text", text: before }] as const;
  return [{ role: heads.length === 0 ? "user" : "system", content }, ...messages];
}

/** What a request to Anthropic's retired text completions asks for. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  hasPrompt: ({ prompt }) => isFilledText(prompt),
  texts(wire) {
    if (typeof wire.prompt !== "string") return undefined;
    const list = textList();
    for (const { role, content } of decodePrompt(wire.prompt)) {
      for (const part of content) if (part.type === "text") list.tell(role, part.text);
    }
    return list.withRest(wire, ["prompt"]);
  },
  members: { prompt: ["prompt"], streaming: ["stream"] },
};
