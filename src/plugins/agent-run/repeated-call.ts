import { isDeepStrictEqual } from "node:util";
import { parseJson } from "../../chat/json.ts";
import type { ToolCallPart } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { type Prompt, promptIn, whereItDecodes } from "../../gateway/call/prompt.ts";

export interface RepeatedCall {
  readonly name: string;
  readonly times: number;
}

/**
 * How often a conversation's last call of a tool was made with the same arguments, without another one between. Whatever else
 * is said between them does not count: agents add words of their own to the results of tools. Undefined where no tool was
 * called, or where the conversation cannot be read.
 */
export function repeatedCall(prompt: Prompt): RepeatedCall | undefined {
  const chat = conversation(prompt);
  if (!chat) return undefined;
  let last: ToolCallPart | undefined;
  let times = 0;
  for (const call of callsFromLast(chat)) {
    last ??= call;
    if (!isSame(call, last)) break;
    times += 1;
  }
  return last && { name: last.name, times };
}

function* callsFromLast({ messages }: ChatRequest): Generator<ToolCallPart, undefined> {
  for (const message of messages.toReversed()) {
    if (message.role !== "assistant") continue;
    for (const part of message.content.toReversed()) if (part.type === "tool-call") yield part;
  }
}

/** Models write the same arguments with other blanks, or in another order. */
function isSame(one: ToolCallPart, other: ToolCallPart): boolean {
  if (one.name !== other.name) return false;
  if (one.arguments === other.arguments) return true;
  const [mine, theirs] = [parsed(one.arguments), parsed(other.arguments)];
  return mine !== undefined && theirs !== undefined && isDeepStrictEqual(mine, theirs);
}

function parsed(json: string): unknown {
  try {
    return parseJson(json);
  } catch {
    // Free text, or cut off: equal only to itself.
    return undefined;
  }
}

function conversation(prompt: Prompt): ChatRequest | undefined {
  const { large, format, path } = prompt;
  return whereItDecodes(() => {
    if (!large) return prompt.chat();
    return large.bytes && promptIn(large.bytes, format, large.contentType, path).chat();
  });
}
