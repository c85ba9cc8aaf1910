import type { AssistantPart, Message } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { stringsIn, textOfBytes, WORDLESS } from "./strings-in.ts";

/** Who says something: the roles that the reference leaves out, unless it is to match all, and all others. */
export type Side = "system" | "assistant" | "tool" | "user";

/** One message. */
export interface Said {
  readonly side: Side;
  /** Undefined for a message without content, such as one that only calls tools. */
  readonly text: string | undefined;
  /** The texts of the content, those in files too. */
  readonly parts: readonly string[];
  /** Texts beside the content. */
  readonly beside: readonly string[];
}

/** The messages, or the one prompt, and what the rest of the request says, which is nobody's and the caller's. */
export interface Request {
  readonly said: readonly Said[] | string;
  readonly rest: readonly string[];
}

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
