import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { objectsOf, optionalArray, requiredArray, withoutAbsent } from "../../fields.ts";
import { dropCachePoints, dropNames, noticeList } from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import {
  decodeOllamaOptions,
  encodeOllamaOptions,
  OLLAMA_MEMBERS,
  ollamaExtra,
} from "../options.ts";
import { encodeMessages } from "./encode-messages.ts";
import { decodeMessages } from "./messages.ts";
import { decodeTool, encodeTools } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

const SEATED = new Set<string>([...OLLAMA_MEMBERS, "messages", "tools"]);

/** https://docs.ollama.com/api/chat. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const tools = optionalArray(wire, "tools", "");
  const extra = ollamaExtra(wire, SEATED);
  return {
    kind: "chat",
    messages: decodeMessages(requiredArray(wire, "messages", "")),
    ...decodeOllamaOptions(wire),
    ...(tools && { tools: objectsOf(tools, "tools", decodeTool) }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  const wire = withoutAbsent({
    ...encodeOllamaOptions(chat, FORMAT_NAME, list),
    messages: encodeMessages(chat.messages, list),
    tools: encodeTools(chat, list),
  });
  return { wire, notices: list.notices };
}
