import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import {
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
  decodeResponseFormat,
  dropChoiceCount,
  encodeCohereOptions,
  encodeResponseFormat,
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
    ...(format && { responseFormat: decodeResponseFormat(format, ["json_schema", "schema"]) }),
    ...(thinking && { reasoning: decodeThinking(thinking) }),
    ...(optionalBoolean(wire, "logprobs", "") && { logprobs: { top: 0 } }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
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
    response_format: format.enforced && encodeFormat(format.enforced, list),
    thinking: chat.reasoning && encodeThinking(chat.reasoning, list),
    logprobs: chat.logprobs && true,
  });
  return { wire, notices: list.notices };
}

function encodeFormat(format: ResponseFormat, list: NoticeList): JsonObject {
  const wire = encodeResponseFormat(format, "json_schema", list);
  if (format.type === "json-schema" && format.strict === false) {
    const reason = "Cohere always holds to the schema.";
    list.approximated("response_format.json_schema.strict", reason);
  }
  return wire;
}
