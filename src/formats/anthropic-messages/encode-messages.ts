import type { Json, JsonObject } from "../../chat/json.ts";
import type { Message, ToolMessage } from "../../chat/message.ts";
import type { NoticeList } from "../notice-list.ts";
import { callId, encodeAssistant } from "./encode-assistant.ts";
import { encodeParts } from "./encode-content.ts";

export interface EncodedMessages {
  readonly system?: Json;
  readonly messages: JsonObject[];
}

interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: JsonObject[];
}

/**
 * Turns of one role in a row become one: the API has roles take turns, and wants the results of
 * parallel calls together, ahead of any words.
 */
export function encodeMessages(
  messages: readonly Message[],
  systemTurns: boolean,
  list: NoticeList,
): EncodedMessages {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];

  function add(role: Turn["role"], blocks: readonly JsonObject[]) {
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, blocks: [...blocks] });
  }

  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    if (message.role !== "tool" && message.name !== undefined) {
      list.dropped(`${at}.name`, "Anthropic does not name the participants.");
    }
    switch (message.role) {
      case "system": {
        const blocks = encodeParts(message.content, at, list);
        if (turns.length === 0) system.push(...blocks);
        else if (systemTurns && mayStand(messages, i, turns)) add("system", blocks);
        else {
          system.push(...blocks);
          list.approximated(at, "The system prompt stands ahead of the conversation here.");
        }
        break;
      }
      case "user":
        add("user", encodeParts(message.content, at, list));
        break;
      case "assistant":
        add("assistant", encodeAssistant(message, at, list));
        break;
      case "tool":
        addResult(turns, encodeResult(message, at, list));
        break;
    }
  }
  const wire = turns.map(({ role, blocks }) => ({ role, content: plain(blocks) }));
  return system.length === 0 ? { messages: wire } : { system: plain(system), messages: wire };
}

/** After a user's turn, and before the assistant's or at the end. */
function mayStand(messages: readonly Message[], i: number, turns: readonly Turn[]): boolean {
  const before = turns.at(-1)?.role;
  const next = messages.slice(i + 1).find(({ role }) => role !== "system");
  return before !== "assistant" && (next === undefined || next.role === "assistant");
}

/** Before any words of the turn, after the results that stand there already. */
function addResult(turns: Turn[], result: JsonObject): void {
  const last = turns.at(-1);
  if (last?.role !== "user") {
    turns.push({ role: "user", blocks: [result] });
    return;
  }
  const words = last.blocks.findIndex(({ type }) => type !== "tool_result");
  last.blocks.splice(words < 0 ? last.blocks.length : words, 0, result);
}

function encodeResult(message: ToolMessage, at: string, list: NoticeList): JsonObject {
  const blocks = encodeParts(message.content, at, list);
  return {
    type: "tool_result",
    tool_use_id: callId(message.callId),
    ...(blocks.length > 0 && { content: plain(blocks) }),
    ...(message.failed && { is_error: true }),
  };
}

/** One plain text is written as a string. */
function plain(blocks: readonly JsonObject[]): Json {
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.type === "text" && Object.keys(first).length === 2;
  return isPlain && first.text !== undefined ? first.text : blocks;
}
