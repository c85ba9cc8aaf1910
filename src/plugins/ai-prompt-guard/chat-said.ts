import type { AssistantPart, Message } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { Request, Said } from "./inspected-text.ts";
import { stringsIn, textOfBytes, WORDLESS } from "./strings-in.ts";

/** A request in a vendor's own dialect, by what it means. */
export function chatSaid(chat: ChatRequest): Request {
  const { messages, tools = [], responseFormat, stop = [], user, extra } = chat;
  return {
    said: messages.map(messageSaid),
    rest: [...stringsIn({ tools, responseFormat, user }), ...extraTexts(extra), ...stop],
  };
}

/** What has no seat of its own stands under its path. */
function extraTexts(extra: ChatRequest["extra"]): readonly string[] {
  return Object.entries(extra ?? {}).flatMap(([path, value]) =>
    stringsIn(value, path.slice(path.lastIndexOf(".") + 1)),
  );
}

function messageSaid(message: Message): Said {
  const content: readonly AssistantPart[] = message.content;
  const texts = content.flatMap((part) => ("text" in part ? [part.text] : []));
  const name = message.role === "tool" ? undefined : message.name;
  return {
    side: message.role,
    text: content.length === 0 ? undefined : texts.join(" "),
    parts: content.flatMap(partTexts),
    beside: [...content.flatMap(besideText), ...(name === undefined ? [] : [name])],
  };
}

function partTexts(part: AssistantPart): readonly string[] {
  if ("text" in part) return [part.text];
  if (part.type !== "file" || part.source.kind !== "base64") return [];
  return WORDLESS.test(part.mediaType) ? [] : textOfBytes(part.source.data, part.mediaType);
}

function besideText(part: AssistantPart): readonly string[] {
  switch (part.type) {
    case "tool-call":
      return [part.name, ...stringsIn(part.arguments, "arguments")];
    case "file":
      return part.name === undefined ? [] : [part.name];
    case "text":
      return stringsIn(part.annotations);
    case "refusal":
    case "reasoning":
      return [];
  }
}
