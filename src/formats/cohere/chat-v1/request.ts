import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  objectsOf,
  optionalArray,
  optionalObject,
  withoutAbsent,
} from "../../fields.ts";
import { jsonBesideTools, withInstruction } from "../../json-beside-tools.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import {
  COHERE_OPTION_MEMBERS,
  decodeCohereOptions,
  dropChoiceCount,
  encodeCohereOptions,
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
    ...(format && { responseFormat: decodeResponseFormat(format) }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function decodeResponseFormat(wire: JsonObject): ResponseFormat {
  if (wire.type === "text") return { type: "text" };
  if (wire.type !== "json_object") {
    throw invalidField("response_format.type", "must be text or json_object");
  }
  const schema = optionalObject(wire, "schema", "response_format");
  return schema ? { type: "json-schema", name: "response", schema } : { type: "json" };
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
    response_format: format.enforced && encodeResponseFormat(format.enforced, list),
  });
  return { wire, notices: list.notices };
}

function encodeResponseFormat(format: ResponseFormat, list: NoticeList): JsonObject {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema":
      if (format.description !== undefined) {
        const reason = "Cohere's schemas have no description beside the schema's own.";
        list.dropped("response_format.json_schema.description", reason);
      }
      return { type: "json_object", schema: format.schema };
  }
}
