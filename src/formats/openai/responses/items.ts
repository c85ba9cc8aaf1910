import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { AssistantPart, Message } from "../../../chat/message.ts";
import { invalidField, objectsOf, pathOf, requiredString } from "../../fields.ts";
import type { Leftovers } from "../../leftovers.ts";
import { decodeContent, decodeSaid, decodeTextContent } from "./content.ts";
import { type KeptState, keptState } from "./kept-state.ts";
import { CUSTOM_INPUT } from "./tools.ts";
import { flatName, stringOf } from "./wire.ts";

/**
 * The conversation of a request's `input`. What a model says in a row, thoughts and calls among it, is one
 * turn. Items that only OpenAI itself can read are left over.
 */
export function decodeInput(input: Json | undefined, rest: Leftovers): Message[] {
  if (input === undefined || input === null) return [];
  if (typeof input === "string")
    return [{ role: "user", content: [{ type: "text", text: input }] }];
  if (!Array.isArray(input)) throw invalidField("input", "must be a string or an array of items");
  const messages: Message[] = [];
  /** The model's turn, while it lasts. */
  let turn: AssistantPart[] | undefined;
  /** A proof over what comes next. */
  let proof: string | undefined;

  function say(parts: readonly AssistantPart[]) {
    if (!turn) {
      turn = [];
      messages.push({ role: "assistant", content: turn });
    }
    for (const part of parts) {
      if (proof !== undefined && (part.type === "text" || part.type === "tool-call")) {
        turn.push({ ...part, signature: proof });
        proof = undefined;
      } else turn.push(part);
    }
  }

  function add(message: Message) {
    turn = undefined;
    messages.push(message);
  }

  function readReasoning(wire: JsonObject, at: string) {
    const kept = keptState(stringOf(wire.encrypted_content));
    if (!kept) rest.keep(at, wire);
    else if (kept.of === "next") proof = kept.signature;
    else say([reasoningOf(kept)]);
  }

  function readMessage(wire: JsonObject, at: string) {
    const role = requiredString(wire, "role", at);
    const path = pathOf(at, "content");
    switch (role) {
      case "user":
        return add({ role, content: decodeContent(wire.content, path) });
      case "system":
        return add({ role, content: decodeTextContent(wire.content, path) });
      case "developer": {
        const content = decodeTextContent(wire.content, path);
        return add({ role: "system", content, developer: true });
      }
      case "assistant":
        return say(decodeSaid(wire.content, path));
    }
    throw invalidField(pathOf(at, "role"), "must be user, assistant, system or developer");
  }

  function readItem(wire: JsonObject, at: string) {
    const type = wire.type ?? "message";
    switch (type) {
      case "message":
        return readMessage(wire, at);
      case "function_call":
        return say([call(wire, at, requiredString(wire, "arguments", at))]);
      case "custom_tool_call": {
        const input = requiredString(wire, "input", at);
        return say([call(wire, at, JSON.stringify({ [CUSTOM_INPUT]: input }))]);
      }
      case "function_call_output":
      case "custom_tool_call_output": {
        const callId = requiredString(wire, "call_id", at);
        return add({
          role: "tool",
          callId,
          content: decodeContent(wire.output, pathOf(at, "output")),
        });
      }
      case "reasoning":
        return readReasoning(wire, at);
      case "additional_tools":
        return undefined;
    }
    return rest.keep(at, wire);
  }

  objectsOf(input, "input", readItem);
  return messages;
}

function call(wire: JsonObject, at: string, text: string): AssistantPart {
  return {
    type: "tool-call",
    id: requiredString(wire, "call_id", at),
    name: flatName(requiredString(wire, "name", at), wire.namespace),
    arguments: text,
  };
}

function reasoningOf({ of: _, ...kept }: Extract<KeptState, { of: "reasoning" }>): AssistantPart {
  return { type: "reasoning", ...kept };
}

const READ: ReadonlySet<unknown> = new Set([
  undefined,
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "reasoning",
  "additional_tools",
]);

/** What a model did with tools that OpenAI runs itself: its words tell what came of it. */
const HOSTED_CALL =
  /^(?:web_search|file_search|code_interpreter|image_generation|computer|mcp|tool_search)_/;

/** Throws `invalid_request` naming the type of an item that means nothing to other vendors. */
export function checkItems({ input }: JsonObject): void {
  if (!Array.isArray(input)) return;
  for (const [i, item] of input.entries()) {
    const type: Json | undefined = isJsonObject(item) ? item.type : undefined;
    if (READ.has(type) || HOSTED_CALL.test(stringOf(type))) continue;
    throw invalidField(
      `input[${i}].type`,
      `'${stringOf(type)}' is not supported by this target: send messages, function calls and their results`,
    );
  }
}

/**
 * Whether a request at the address of chats is a response's: Cursor sends such, and reads the answer as a chat's
 * (https://forum.cursor.com/t/159298). Texts for vectors, which have an `input` too, are no items.
 */
export function isResponseRequest({ messages = null, prompt = null, input }: JsonObject): boolean {
  if (messages !== null || prompt !== null) return false;
  return Array.isArray(input) && input.length > 0 && input.every(isJsonObject);
}

/** Whether the client gave anything to answer. */
export function hasInput({
  input,
  previous_response_id,
  prompt,
  conversation,
}: JsonObject): boolean {
  if (typeof input === "string") return input !== "";
  if (Array.isArray(input) && input.length > 0) return true;
  return [previous_response_id, conversation].some(isNamed) || isJsonObject(prompt);
}

function isNamed(value: Json | undefined): boolean {
  return typeof value === "string" ? value !== "" : isJsonObject(value);
}
