import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import { jsonBesideTools, withInstruction } from "../../json-beside-tools.ts";
import { withoutAbsent } from "../../members.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { dropChoiceCount, encodeCohereOptions } from "../options.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeThinking } from "./reasoning.ts";
import { encodeToolUse } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

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
