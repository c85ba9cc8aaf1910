import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { AssistantMessage, Message, SystemMessage, UserMessage } from "../../chat/message.ts";
import { isSaid } from "../claude/thinking.ts";
import { nothingToAnswer } from "../fields.ts";
import { withToolsTold } from "../tools.ts";
import { orderedTurns } from "../turn-order.ts";
import {
  type Blocks,
  encodeAssistantPart,
  encodeText,
  encodeToolResult,
  encodeUserPart,
} from "./encode-content.ts";
import type { FileState } from "./media-types.ts";

export interface EncodedMessages {
  readonly system: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
}

interface Turn {
  readonly role: "user" | "assistant" | "system";
  /** Results of tools, which stand first in a turn. */
  readonly results: JsonObject[];
  readonly said: JsonObject[];
}

/** Turns of user and assistant alternate; the prompt of the system stands apart, or in the first turn. */
export function encodeMessages(said: readonly Message[], state: FileState): EncodedMessages {
  const messages = state.family.tools ? said : withToolsTold(said, state.notices);
  const system: JsonObject[] = [];
  const turns: Turn[] = [];

  function turnOf(role: Turn["role"]): Turn {
    const last = turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, results: [], said: [] };
    turns.push(turn);
    return turn;
  }

  /** What comes to nothing opens no turn: it would part two that must be one. */
  function say(role: "user" | "assistant", blocks: Blocks): void {
    if (blocks.length > 0) turnOf(role).said.push(...blocks);
  }

  function systemBlocks(i: number, at: string): JsonObject[] {
    if (turns.length === 0) return system;
    const mayStand = turns.at(-1)?.role !== "assistant" && isAnsweredNext(messages, i);
    if (state.family.systemTurns && mayStand) return turnOf("system").said;
    state.notices.approximated(at, IN_PLACE);
    return system;
  }

  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    noteName(message, at, state);
    switch (message.role) {
      case "system": {
        const blocks = encodeSystem(message, at, state);
        if (blocks.length > 0) systemBlocks(i, at).push(...blocks);
        break;
      }
      case "user":
        say("user", encodeUser(message, at, state));
        break;
      case "assistant":
        say("assistant", encodeAssistant(message, at, state));
        break;
      case "tool":
        turnOf("user").results.push(...encodeToolResult(message, at, state));
        break;
    }
  }
  const isFolded = !state.family.system && system.length > 0;
  if (isFolded || turns.length === 0) {
    return { system: [], messages: sent(folded(system, turns, state), state) };
  }
  return { system, messages: sent(turns, state) };
}

function sent(turns: readonly Turn[], state: FileState): JsonObject[] {
  const { family, notices } = state;
  if (turns.length === 0) {
    throw nothingToAnswer();
  }
  const rules = { vendor: "Converse", assistant: "assistant", prefill: family.prefill };
  const ordered = orderedTurns(turns, (text) => userTurn([{ text }]), rules, notices);
  return ordered.map((turn, i) => wireTurn(turn, i === ordered.length - 1, state));
}

function userTurn(said: readonly JsonObject[]): Turn {
  return { role: "user", results: [], said: [...said] };
}

/** https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages */
function isAnsweredNext(messages: readonly Message[], i: number): boolean {
  const next = messages.slice(i + 1).find((one) => one.role !== "system" && isSaid(one));
  return next === undefined || next.role === "assistant";
}

const IN_PLACE = "The model keeps the system's turns before the conversation.";

function noteName(message: Message, at: string, state: FileState): void {
  if (message.role === "tool" || message.name === undefined) return;
  state.notices.dropped(`${at}.name`, "Converse has no names of participants.");
}

function encodeSystem(message: SystemMessage, at: string, state: FileState): Blocks {
  return message.content.flatMap((part, i) => encodeText(part, `${at}.content[${i}]`, state));
}

function encodeUser(message: UserMessage, at: string, state: FileState): Blocks {
  return message.content.flatMap((part, i) => encodeUserPart(part, `${at}.content[${i}]`, state));
}

function encodeAssistant({ content }: AssistantMessage, at: string, state: FileState): Blocks {
  return content.flatMap((part, i) => encodeAssistantPart(part, `${at}.content[${i}]`, state));
}

function wireTurn(turn: Turn, isLast: boolean, state: FileState): JsonObject {
  const { role, results, said } = turn;
  const content = [...results, ...withWords(said, state)];
  const ended = isLast && role === "assistant" ? trimmedAtTheEnd(content, state) : content;
  return { role, content: ended };
}

/** "A text block is required in a message that holds a document." */
function withWords(said: readonly JsonObject[], { notices }: FileState): readonly JsonObject[] {
  const documents = said.flatMap(({ document }) => (isJsonObject(document) ? [document.name] : []));
  if (documents.length === 0 || said.some(({ text }) => text !== undefined)) return said;
  notices.approximated(
    "messages",
    "Converse wants words beside a document: its name stands there.",
  );
  return [...said, { text: documents.join(", ") }];
}

/** Claude's rule: "final assistant content cannot end with trailing whitespace". */
function trimmedAtTheEnd(
  content: readonly JsonObject[],
  { family, notices }: FileState,
): readonly JsonObject[] {
  const text = content.at(-1)?.text;
  if (!family.claude || typeof text !== "string" || text === text.trimEnd()) return content;
  notices.approximated("messages", "White space at the end of the assistant's turn is left out.");
  return [...content.slice(0, -1), { text: text.trimEnd() }];
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html */
function folded(
  system: readonly JsonObject[],
  turns: readonly Turn[],
  state: FileState,
): readonly Turn[] {
  if (system.length === 0) return turns;
  const reason = state.family.system
    ? "Converse answers no system prompt alone: it is the user's turn."
    : "The model takes no system prompt; it stands at the start of the first turn.";
  state.notices.approximated("messages[0]", reason);
  const [first, ...rest] = turns;
  if (first?.role !== "user") return [userTurn(system), ...turns];
  return [{ ...first, said: [...system, ...first.said] }, ...rest];
}
