import { type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import type {
  AssistantMessage,
  Message,
  ReasoningPart,
  ToolCallPart,
  ToolMessage,
} from "../../../chat/message.ts";
import type { ClaudeTraits } from "../../claude/models.ts";
import { isSaid } from "../../claude/thinking.ts";
import { invalidField, nothingToAnswer } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { toolInput } from "../../tools.ts";
import { orderedTurns } from "../../turn-order.ts";
import { cacheControl, dropSignature, encodeParts, encodeText } from "./encode-content.ts";

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

/** The blocks of an assistant's turn, in the order they were said. */
export function encodeAssistant(
  { content }: AssistantMessage,
  at: string,
  list: NoticeList,
): JsonObject[] {
  const blocks: JsonObject[] = [];
  let calls = 0;
  for (const [i, part] of content.entries()) {
    const path = `${at}.content[${i}]`;
    switch (part.type) {
      case "text":
        blocks.push(...encodeText(part, path, list));
        break;
      case "refusal":
        list.approximated(path, "Anthropic has no refusal part; its words stand as text.");
        blocks.push(...encodeText({ type: "text", text: part.text }, path, list));
        break;
      case "reasoning":
        blocks.push(...encodeReasoning(part, path, list));
        break;
      case "tool-call":
        dropSignature(part.signature, path, list);
        blocks.push(encodeToolCall(part, `${at}.tool_calls[${calls}]`, list));
        calls++;
        break;
      case "file":
        list.dropped(path, "Anthropic takes no file in an assistant turn.");
        break;
    }
  }
  return blocks;
}

/**
 * Blocks go back as they came, signed or encrypted
 * (https://platform.claude.com/docs/en/build-with-claude/extended-thinking). The API refuses others.
 */
function encodeReasoning(part: ReasoningPart, at: string, list: NoticeList): JsonObject[] {
  const { text, signature, redacted } = part;
  if (signature !== undefined && signature !== "") {
    return [{ type: "thinking", thinking: text, signature }];
  }
  if (text !== "") list.dropped(at, "Anthropic takes back only reasoning that it has signed.");
  return redacted === undefined ? [] : [{ type: "redacted_thinking", data: redacted }];
}

function encodeToolCall(part: ToolCallPart, at: string, list: NoticeList): JsonObject {
  return {
    type: "tool_use",
    id: callId(part.id),
    name: part.name,
    input: inputOf(part, at, list),
    ...cacheControl(part.cache, at, list),
  };
}

function inputOf(part: ToolCallPart, at: string, list: NoticeList): JsonObject {
  if (part.custom) {
    list.approximated(at, "Anthropic's tools take an object; the free text is its member input.");
    return { input: part.arguments };
  }
  const input = toolInput(part.arguments);
  if (input) return input;
  const problem = isJson(part.arguments) ? "must be a JSON object" : "must be JSON";
  throw invalidField(`${at}.function.arguments`, problem);
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

const FOREIGN = /[^A-Za-z0-9_-]/g;

/** The API takes only letters, digits, `_` and `-`; other vendors' ids hold dots and colons. */
export function callId(id: string): string {
  return id.replace(FOREIGN, (character) => `_${character.charCodeAt(0).toString(16)}`);
}
