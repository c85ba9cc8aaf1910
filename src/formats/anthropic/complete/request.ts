import type { Json, JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { claudeTraits } from "../../claude/models.ts";
import {
  invalidField,
  membersBeside,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
} from "../../fields.ts";
import { withChanges } from "../../members.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest, RequestPatch } from "../../wire-format.ts";
import { decodePrompt, encodePrompt } from "./prompt.ts";
import { FORMAT_NAME } from "./wire.ts";

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
  if (patch.stream !== undefined) changes["stream"] = patch.stream;
  return withChanges(wire, changes);
}
