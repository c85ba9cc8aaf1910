import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import {
  membersBeside,
  objectsOf,
  optionalArray,
  optionalObject,
  withoutAbsent,
} from "../../fields.ts";
import { jsonBesideTools, withInstruction } from "../../json-beside-tools.ts";
import { dropCachePoints, dropNames, noticeList, ownExtra } from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import {
  COHERE_OPTION_MEMBERS,
  decodeCohereOptions,
  decodeResponseFormat,
  dropChoiceCount,
  encodeCohereOptions,
  encodeResponseFormat,
} from "../options.ts";
import { encodeMessages } from "./encode-messages.ts";
import { decodeMessages } from "./messages.ts";
import { decodeTool, encodeTools } from "./tools.ts";

/** Cohere's first chat API (https://docs.cohere.com/v1/reference/chat). */
export const FORMAT_NAME = "cohere-chat-v1";

const SEATED = new Set<string>([
  ...COHERE_OPTION_MEMBERS,
  "message",
  "chat_history",
  "preamble",
  "tools",
  "tool_results",
  "response_format",
]);

/** https://docs.cohere.com/v1/reference/chat. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const tools = optionalArray(wire, "tools", "");
  const format = optionalObject(wire, "response_format", "");
  const extra = membersBeside(wire, SEATED);
  return {
    kind: "chat",
    messages: decodeMessages(wire),
    ...decodeCohereOptions(wire),
    ...(tools && { tools: objectsOf(tools, "tools", decodeTool) }),
    ...(format && { responseFormat: decodeResponseFormat(format, ["schema"]) }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropChoiceCount(chat, list);
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  if (chat.logprobs) list.dropped("logprobs", "Cohere's first API tells no probabilities.");
  if (chat.reasoning) list.dropped("reasoning_effort", "Cohere's first API does not reason.");
  const format = jsonBesideTools(chat, list);
  const wire = withoutAbsent({
    ...ownExtra(chat, FORMAT_NAME, list),
    ...encodeCohereOptions(chat, list),
    ...encodeMessages(...withInstruction(chat.messages, format.words, list)),
    tools: encodeTools({ ...chat, tools: format.tools }, list),
    response_format: format.enforced && encodeResponseFormat(format.enforced, "schema", list),
  });
  return { wire, notices: list.notices };
}
