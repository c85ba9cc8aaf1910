import { isJsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { invalidField } from "../../fields.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { dropUnseated, encodeTgiParameters } from "../options.ts";

/** https://huggingface.co/docs/inference-providers/tasks/text-generation */
export const FORMAT_NAME = "huggingface-generate";

/**
 * `{inputs, parameters, stream}`; the model stands in the path. The new serverless API refuses
 * members it does not know. Throws `invalid_request` for what is not text: the prompt is one string.
 */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  dropUnseated(chat, list);
  const { parameters: extra, ...members } = ownExtra(chat, FORMAT_NAME, list) ?? {};
  const parameters = {
    // A pipeline repeats the prompt unless told not to, and tells why it stopped only if asked.
    return_full_text: false,
    details: true,
    ...(isJsonObject(extra) && extra),
    ...encodeTgiParameters(chat, list),
  };
  const wire = {
    ...members,
    inputs: promptOf(chat, list),
    parameters,
    stream: chat.stream,
  };
  return { wire, notices: list.notices };
}

function promptOf({ messages }: ChatRequest, list: NoticeList): string {
  if (messages.length > 1) {
    list.approximated("messages", "Text generation takes one prompt; the turns are joined.");
  }
  const turns = messages.map((message, i) => {
    const texts = message.content.map((part, k) => {
      const path = `messages[${i}].content[${k}]`;
      if (part.type !== "text") throw invalidField(path, "must be text: the prompt is one string");
      if (part.annotations) list.dropped(`${path}.annotations`, "A prompt holds no citations.");
      return part.text;
    });
    return texts.join("");
  });
  return turns.join("\n\n");
}
