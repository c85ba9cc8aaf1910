import type { JsonObject } from "../../chat/json.ts";
import type { AssistantMessage, Message, SystemMessage, UserMessage } from "../../chat/message.ts";
import {
  type Blocks,
  encodeAssistantPart,
  encodeText,
  encodeToolResult,
  encodeUserPart,
} from "./encode-content.ts";
import type { FileState } from "./encode-media.ts";

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
export function encodeMessages(messages: readonly Message[], state: FileState): EncodedMessages {
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
  return state.family.system || system.length === 0
    ? { system, messages: turns.map(wireTurn) }
    : { system: [], messages: folded(system, turns, state) };
}

/** https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages */
function isAnsweredNext(messages: readonly Message[], i: number): boolean {
  const next = messages.slice(i + 1).find(({ role }) => role !== "system");
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

function wireTurn({ role, results, said }: Turn): JsonObject {
  return { role, content: [...results, ...said] };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html */
function folded(
  system: readonly JsonObject[],
  turns: readonly Turn[],
  state: FileState,
): JsonObject[] {
  const reason = "The model takes no system prompt; it stands at the start of the first turn.";
  state.notices.approximated("messages[0]", reason);
  const [first, ...rest] = turns;
  if (first?.role !== "user") {
    return [{ role: "user", content: system }, ...turns.map(wireTurn)];
  }
  return [wireTurn({ ...first, said: [...system, ...first.said] }), ...rest.map(wireTurn)];
}
