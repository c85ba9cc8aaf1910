import type { Json, JsonObject } from "../../../chat/json.ts";
import type { AssistantPart, Message, ToolCallPart, ToolMessage } from "../../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalBoolean,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import type { Leftovers } from "../../leftovers.ts";
import {
  type Block,
  blocksOf,
  cached,
  cachePoint,
  decodeBlock,
  decodeContent,
  decodeTextContent,
} from "./content.ts";

/**
 * A user turn may hold tool results among its words; each becomes a message of its own, in place.
 * Blocks that only this vendor has (its own tools' calls and results) are left over.
 */
export function decodeMessages(wire: readonly Json[], rest: Leftovers): Message[] {
  return objectsOf(wire, "messages", (message, at) => decodeMessage(message, at, rest)).flat();
}

function decodeMessage(wire: JsonObject, at: string, rest: Leftovers): Message[] {
  const role = requiredString(wire, "role", at);
  const path = `${at}.content`;
  switch (role) {
    case "user":
      return decodeUser(wire.content, path, rest);
    case "assistant": {
      const read = (block: JsonObject, blockAt: string) =>
        decodeAssistantBlock(block, blockAt, rest);
      return [{ role, content: blocksOf(wire.content, path, read) }];
    }
    case "system":
      return [{ role, content: decodeTextContent(wire.content, path, rest) }];
  }
  throw invalidField(`${at}.role`, "must be user, assistant or system");
}

function decodeUser(content: Json | undefined, path: string, rest: Leftovers): Message[] {
  const items = blocksOf(content, path, (wire, at): (Block | ToolMessage)[] => {
    if (wire.type === "tool_result") return [decodeToolResult(wire, at, rest)];
    const block = decodeBlock(wire, at, rest);
    if (block) return [block];
    rest.keep(at, wire);
    return [];
  });
  const messages: Message[] = [];
  let said: Block[] = [];
  for (const item of items) {
    if (!("role" in item)) {
      said.push(item);
      continue;
    }
    if (said.length > 0) messages.push({ role: "user", content: said });
    said = [];
    messages.push(item);
  }
  if (said.length > 0 || messages.length === 0) messages.push({ role: "user", content: said });
  return messages;
}

const TOOL_RESULT = new Set(["type", "tool_use_id", "content", "is_error", "cache_control"]);

/** The block's own cache point stands after its last part, where it counts the same. */
function decodeToolResult(wire: JsonObject, at: string, rest: Leftovers): ToolMessage {
  rest.beside(wire, TOOL_RESULT, at);
  const content = decodeResultContent(wire.content ?? [], `${at}.content`, rest);
  const cache = cachePoint(wire);
  const last = content.at(-1);
  if (cache && last) content.splice(-1, 1, { ...last, cache });
  return {
    role: "tool",
    callId: requiredString(wire, "tool_use_id", at),
    content,
    ...(optionalBoolean(wire, "is_error", at) && { failed: true }),
  };
}

function decodeResultContent(value: Json, at: string, rest: Leftovers): Block[] {
  if (typeof value === "string") return value === "" ? [] : decodeContent(value, at, rest);
  return blocksOf(value, at, (wire, path) => {
    const block = decodeBlock(wire, path, rest);
    if (block) return [block];
    rest.keep(path, wire);
    return [];
  });
}

const TOOL_USE = new Set(["type", "id", "name", "input", "cache_control", "caller"]);

function decodeAssistantBlock(wire: JsonObject, at: string, rest: Leftovers): AssistantPart[] {
  switch (wire.type) {
    case "thinking": {
      const text = requiredString(wire, "thinking", at);
      const { signature } = wire;
      if (typeof signature !== "string" || signature === "") {
        return text === "" ? [] : [{ type: "reasoning", text }];
      }
      return [{ type: "reasoning", text, signature }];
    }
    case "redacted_thinking":
      return [{ type: "reasoning", text: "", redacted: requiredString(wire, "data", at) }];
    case "tool_use":
      rest.beside(wire, TOOL_USE, at);
      return [decodeToolUse(wire, at)];
  }
  const block = decodeBlock(wire, at, rest);
  if (block) return [block];
  rest.keep(at, wire);
  return [];
}

function decodeToolUse(wire: JsonObject, at: string): ToolCallPart {
  return {
    type: "tool-call",
    id: requiredString(wire, "id", at),
    name: requiredString(wire, "name", at),
    arguments: JSON.stringify(requiredObject(wire, "input", at)),
    ...cached(wire),
  };
}
