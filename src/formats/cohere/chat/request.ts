import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  requiredArray,
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
import { decodeThinking, encodeThinking, FORMAT_NAME } from "./response.ts";
import { decodeTool, decodeToolChoice, encodeToolUse } from "./tools.ts";

const SEATED = new Set<string>([
  ...COHERE_OPTION_MEMBERS,
  "messages",
  "tools",
  "strict_tools",
  "tool_choice",
  "response_format",
  "thinking",
  "logprobs",
]);

/** https://docs.cohere.com/reference/chat. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const tools = optionalArray(wire, "tools", "");
  const strict = optionalBoolean(wire, "strict_tools", "");
  const toolChoice = decodeToolChoice(wire.tool_choice);
  const format = optionalObject(wire, "response_format", "");
  const thinking = optionalObject(wire, "thinking", "");
  const extra = membersBeside(wire, SEATED);
  return {
    kind: "chat",
    messages: decodeMessages(requiredArray(wire, "messages", "")),
    ...decodeCohereOptions(wire),
    ...(tools && { tools: objectsOf(tools, "tools", (tool, at) => decodeTool(tool, at, strict)) }),
    ...(toolChoice && { toolChoice }),
    ...(format && { responseFormat: decodeResponseFormat(format) }),
    ...(thinking && { reasoning: decodeThinking(thinking) }),
    ...(optionalBoolean(wire, "logprobs", "") && { logprobs: { top: 0 } }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

/** Cohere's schemas have no name. */
export const SCHEMA_NAME = "response";

function decodeResponseFormat(wire: JsonObject): ResponseFormat {
  if (wire.type === "text") return { type: "text" };
  if (wire.type !== "json_object") {
    throw invalidField("response_format.type", "must be text or json_object");
  }
  const schema =
    optionalObject(wire, "json_schema", "response_format") ??
    optionalObject(wire, "schema", "response_format");
  return schema ? { type: "json-schema", name: SCHEMA_NAME, schema } : { type: "json" };
}

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropChoiceCount(chat, list);
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  if (chat.logprobs && chat.logprobs.top > 0) {
    list.approximated("top_logprobs", "Cohere tells the probability of the chosen tokens only.");
  }
  const format = jsonBesideTools(chat, list);
  const wire = withoutAbsent({
    ...ownExtra(chat, FORMAT_NAME, list),
    ...encodeCohereOptions(chat, list),
    messages: encodeMessages(...withInstruction(chat.messages, format.words, list)),
    ...encodeToolUse({ ...chat, tools: format.tools }, list),
    response_format: format.enforced && encodeResponseFormat(format.enforced, list),
    thinking: chat.reasoning && encodeThinking(chat.reasoning, list),
    logprobs: chat.logprobs && true,
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
      if (format.strict === false) {
        const reason = "Cohere always holds to the schema.";
        list.approximated("response_format.json_schema.strict", reason);
      }
      return { type: "json_object", json_schema: format.schema };
  }
}
