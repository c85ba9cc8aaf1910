import type { ChatEvent } from "../../chat/event.ts";
import type { Message } from "../../chat/message.ts";
import type { ChatRequest, ToolChoice } from "../../chat/request.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerDecoder } from "../../formats/answer-stream.ts";
import type { ToolNames } from "../../providers/tool-names.ts";

/** A request whose tools, choice and history name tools as the vendor takes them. */
export function withToolNames(chat: ChatRequest, { sent }: ToolNames): ChatRequest {
  const { tools, toolChoice, messages } = chat;
  return {
    ...chat,
    messages: messages.map((message) => withCallNames(message, sent)),
    ...(tools && {
      tools: tools.map((tool) =>
        tool.type === "function" ? { ...tool, name: sent(tool.name) } : tool,
      ),
    }),
    ...(toolChoice && { toolChoice: withChosenNames(toolChoice, sent) }),
  };
}

function withCallNames(message: Message, sent: ToolNames["sent"]): Message {
  if (message.role !== "assistant") return message;
  if (!message.content.some(({ type }) => type === "tool-call")) return message;
  return {
    ...message,
    content: message.content.map((part) =>
      part.type === "tool-call" ? { ...part, name: sent(part.name) } : part,
    ),
  };
}

function withChosenNames(choice: ToolChoice, sent: ToolNames["sent"]): ToolChoice {
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice;
    case "tool":
      return { ...choice, name: sent(choice.name) };
    case "allowed":
      return { ...choice, names: choice.names.map(sent) };
  }
}

/** Sent names by which the client knows its own; undefined where all went as they came. */
export type OriginalNames = ReadonlyMap<string, string> | undefined;

/** An answer in the client's own names. */
export function withOriginalNames(response: ChatResponse, originals: OriginalNames): ChatResponse {
  if (!originals) return response;
  const choices = response.choices.map((choice) => ({
    ...choice,
    content: choice.content.map((part) =>
      part.type === "tool-call" ? { ...part, name: originals.get(part.name) ?? part.name } : part,
    ),
  }));
  return { ...response, choices };
}

/** A decoder whose calls have the client's own names. */
export function namingAsAsked(decoder: AnswerDecoder, originals: OriginalNames): AnswerDecoder {
  if (!originals) return decoder;
  const renamed = (event: ChatEvent): ChatEvent => {
    if (event.type !== "block-start" || event.block.kind !== "tool-call") return event;
    const name = originals.get(event.block.name);
    return name === undefined ? event : { ...event, block: { ...event.block, name } };
  };
  return {
    ...decoder,
    push: (chunk) => decoder.push(chunk).map(renamed),
    end: () => decoder.end().map(renamed),
  };
}
