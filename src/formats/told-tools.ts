import type { AssistantMessage, Message, TextPart } from "../chat/message.ts";
import type { NoticeList } from "./notice-list.ts";

/**
 * The conversation with its calls and their results in words, for a model that knows no tools. The
 * messages themselves where there are none.
 */
export function withToolsTold(messages: readonly Message[], list: NoticeList): readonly Message[] {
  if (!messages.some(isOfTools)) return messages;
  list.approximated("messages", "This model knows no tools: calls and results are told in words.");
  const names = new Map<string, string>();
  return messages.map((message): Message => {
    if (message.role === "assistant") return withCallsTold(message, names);
    if (message.role !== "tool") return message;
    const name = names.get(message.callId) ?? message.callId;
    const verb = message.failed ? "failed" : "answered";
    return { role: "user", content: [text(`${name} ${verb}:`), ...message.content] };
  });
}

function isOfTools({ role, content }: Message): boolean {
  return role === "tool" || content.some(({ type }) => type === "tool-call");
}

function withCallsTold(message: AssistantMessage, names: Map<string, string>): AssistantMessage {
  const content = message.content.map((part) => {
    if (part.type !== "tool-call") return part;
    names.set(part.id, part.name);
    return text(`Calls ${part.name} with ${part.arguments.trim() || "{}"}`);
  });
  return { ...message, content };
}

function text(words: string): TextPart {
  return { type: "text", text: words };
}
