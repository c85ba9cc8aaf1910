import type { Json, JsonObject } from "../../../chat/json.ts";
import type { Message, ToolMessage } from "../../../chat/message.ts";
import type { ClaudeTraits } from "../../claude/models.ts";
import { isSaid } from "../../claude/thinking.ts";
import { nothingToAnswer } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { orderedTurns } from "../../turn-order.ts";
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
  { systemTurns, prefill }: Pick<ClaudeTraits, "systemTurns" | "prefill">,
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
  if (turns.length === 0) return { messages: [wireTurn(userTurn(instructions(system, list)))] };
  const rules = { vendor: "Anthropic", assistant: "assistant", prefill };
  const asked = (words: string) => userTurn([{ type: "text", text: words }]);
  const ordered = orderedTurns(turns.map(trimmedAtTheEnd(list)), asked, rules, list);
  const wire = ordered.map(wireTurn);
  return system.length === 0 ? { messages: wire } : { system: plain(system), messages: wire };
}

function userTurn(blocks: JsonObject[]): Turn {
  return { role: "user", blocks };
}

function wireTurn({ role, blocks }: Turn): JsonObject {
  return { role, content: plain(blocks) };
}

/** There is no answer to a prompt of the system alone. */
function instructions(system: JsonObject[], list: NoticeList): JsonObject[] {
  if (system.length === 0) {
    throw nothingToAnswer();
  }
  list.approximated("messages", "Anthropic answers no system prompt alone: it is the user's turn.");
  return system;
}

/** "final assistant content cannot end with trailing whitespace" */
function trimmedAtTheEnd(list: NoticeList) {
  return (turn: Turn, i: number, turns: readonly Turn[]): Turn => {
    if (turn.role !== "assistant" || i < turns.length - 1) return turn;
    const last = turn.blocks.at(-1);
    const text = last?.text;
    if (typeof text !== "string" || text === text.trimEnd()) return turn;
    list.approximated("messages", "White space at the end of the assistant's turn is left out.");
    return { ...turn, blocks: [...turn.blocks.slice(0, -1), { ...last, text: text.trimEnd() }] };
  };
}

/** After a user's turn, and before the assistant's or at the end. */
function mayStand(messages: readonly Message[], i: number, turns: readonly Turn[]): boolean {
  const before = turns.at(-1)?.role;
  const next = messages.slice(i + 1).find((one) => one.role !== "system" && isSaid(one));
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
