import type { FilePart, Message } from "../../../chat/message.ts";
import { inlineText } from "../../inline-text.ts";
import type { NoticeList } from "../../notice-list.ts";

/** A message as words, with its place in the request. */
export interface Spoken {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
  readonly at: string;
}

/**
 * What of a conversation can be said in words; the rest yields notices. A tool's result is said by
 * nobody in these templates, so it is left out together with the call.
 */
export function spokenMessages(messages: readonly Message[], list: NoticeList): Spoken[] {
  return messages.flatMap((message, i) => {
    const at = `messages[${i}]`;
    if (message.role === "tool") {
      list.dropped(at, "This model's prompt has no seat for tool results.");
      return [];
    }
    const text = wordsOf(message, at, list);
    const isSilent = text === "" && message.role === "assistant";
    return isSilent ? [] : [{ role: message.role, text, at }];
  });
}

type Speaking = Exclude<Message, { role: "tool" }>;

function wordsOf(message: Speaking, at: string, list: NoticeList): string {
  const words = message.content.map((part, k) => partWords(part, `${at}.content[${k}]`, list));
  return words.filter((word) => word !== "").join("\n\n");
}

function partWords(part: Speaking["content"][number], path: string, list: NoticeList): string {
  switch (part.type) {
    case "text":
      if (part.annotations) {
        list.dropped(`${path}.annotations`, "This model's prompt has no seat for citations.");
      }
      return part.text;
    case "refusal":
      list.approximated(path, "A refusal is said as text.");
      return part.text;
    case "file":
      return fileWords(part, path, list);
    case "reasoning":
    case "tool-call":
      list.dropped(path, `This model's prompt has no seat for a ${part.type}.`);
      return "";
  }
}

function fileWords(part: FilePart, path: string, list: NoticeList): string {
  const inline = inlineText(part);
  if (!inline) {
    list.dropped(path, `This model's prompt is text: ${part.mediaType} has no place in it.`);
    return "";
  }
  list.approximated(path, "The document is put into the prompt as text.");
  return inline.text;
}
