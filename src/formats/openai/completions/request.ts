import { GatewayError } from "../../../chat/error.ts";
import type { Json, JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import {
  invalidField,
  isJsonArray,
  membersBeside,
  optionalInteger,
  optionalString,
  withoutAbsent,
} from "../../fields.ts";
import { dropCachePoints, dropNames, noticeList } from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { decodeOptions, encodeOptions, extraStreamOptions, OPTION_MEMBERS } from "../options.ts";

/** OpenAI's Completions, the older text endpoint: https://platform.openai.com/docs/api-reference/completions */
export const FORMAT_NAME = "openai-completions";

const SEATED = new Set<string>([...OPTION_MEMBERS, "model", "prompt", "logprobs"]);

/**
 * One text prompt, said by a user. Several prompts at once and prompts of token numbers have no
 * canonical form and are refused; they reach only a vendor of this very format.
 */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const top = optionalInteger(wire, "logprobs", "");
  const options = extraStreamOptions(wire);
  const unseated = membersBeside(wire, SEATED);
  const extra = options ? { ...unseated, stream_options: options } : unseated;
  return {
    kind: "completion",
    model: optionalString(wire, "model", "") ?? "",
    messages: [{ role: "user", content: [{ type: "text", text: decodePrompt(wire.prompt) }] }],
    ...decodeOptions(wire),
    ...(top !== undefined && { logprobs: { top } }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function decodePrompt(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (!isJsonArray(value)) throw invalidField("prompt", "must be a string");
  const [first] = value;
  if (value.length === 1 && typeof first === "string") return first;
  if (value.some((item) => typeof item !== "string")) {
    throw invalidField("prompt", "must be text: tokens mean nothing to a model of another vendor");
  }
  throw invalidField("prompt", "must be one string: several prompts cannot be sent to this model");
}

const UNSEATED = [
  "tools",
  "toolChoice",
  "parallelToolCalls",
  "responseFormat",
  "reasoning",
  "serviceTier",
] as const satisfies readonly (keyof ChatRequest)[];

/** Throws `invalid_request` for a conversation: this wire holds one prompt. */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  const isOwn = chat.extraFormat === FORMAT_NAME;
  const foreign = isOwn ? [] : Object.keys(chat.extra ?? {});
  const dropped = [...UNSEATED.filter((member) => chat[member] !== undefined), ...foreign];
  for (const field of dropped) {
    list.dropped(field, "OpenAI Completions has no such member.");
  }
  const extra = isOwn ? chat.extra : undefined;
  const wire = withoutAbsent({
    ...extra,
    model: chat.model === "" ? undefined : chat.model,
    prompt: encodePrompt(chat),
    ...encodeOptions(chat, extra),
    logprobs: chat.logprobs?.top,
  });
  return { wire, notices: list.notices };
}

function encodePrompt(chat: ChatRequest): string {
  const [message] = chat.messages;
  if (chat.messages.length !== 1 || message?.role !== "user") {
    const problem = "OpenAI Completions takes one text prompt, not a conversation.";
    throw new GatewayError("invalid_request", problem, { vendor: { param: "messages" } });
  }
  const texts = message.content.map((part) => {
    if (part.type === "text") return part.text;
    throw invalidField("messages[0].content", "must be text: OpenAI Completions takes no files");
  });
  return texts.join("");
}
