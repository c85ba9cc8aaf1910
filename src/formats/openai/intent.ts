import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { type Intent, PLAIN_INTENT } from "../intent.ts";
import {
  isFilledList,
  isFilledText,
  type PromptText,
  type Role,
  readContent,
  readPart,
  readTurns,
  type TextList,
  textList,
} from "../prompt-text.ts";

/** What a request in OpenAI's dialect asks for: a chat, a response, a completion, or embeddings. */
export const openaiIntent: Intent = {
  ...PLAIN_INTENT,
  choiceCount: ({ n }) => (typeof n === "number" ? n : 1),
  wantsUsage: ({ stream_options: options }) =>
    isJsonObject(options) && options.include_usage === true,
  hasPrompt: ({ messages, prompt, input }) =>
    isFilledList(messages) || [prompt, input].some((one) => isFilledText(one) || isFilledList(one)),
  texts,
  members: {
    prompt: ["messages", "prompt", "input", "instructions"],
    streaming: ["stream", "stream_options"],
    nested: ["stream_options"],
  },
};

/** Whether it is one prompt to be gone on with, and no conversation. */
export function isCompletionRequest({ messages, prompt }: JsonObject): boolean {
  return isPresent(prompt) && !isPresent(messages);
}

function texts(wire: JsonObject): readonly PromptText[] | undefined {
  const { messages, prompt, input, instructions } = wire;
  const list = textList();
  if (isPresent(messages)) {
    return readTurns(messages, (turn) => readTurn(turn, list))
      ? list.withRest(wire, ["messages"])
      : undefined;
  }
  if (isPresent(prompt)) {
    return readTexts(prompt, list) ? list.withRest(wire, ["prompt"]) : undefined;
  }
  if (!isPresent(input) && !isPresent(instructions)) return undefined;
  if (typeof instructions === "string") list.tell("system", instructions);
  const isEmpty = Array.isArray(input) && input.length === 0;
  const isRead =
    (!isEmpty && readTexts(input, list)) || readTurns(input, (item) => readItem(item, list));
  if (typeof instructions === "string") return list.withRest(wire, ["input", "instructions"]);
  return isRead ? list.withRest(wire, ["input"]) : undefined;
}

function isPresent(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

/** A text, or texts that are no turns; false for anything else: token ids cannot be looked at. */
function readTexts(value: Json | undefined, list: TextList): boolean {
  const all: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
  if (!all.every((text) => typeof text === "string")) return false;
  list.message("user").add("content", [all.join(" ")]);
  return true;
}

/** An item of a response's input: a message, a call, or a tool's result. */
function readItem(item: JsonObject, list: TextList): boolean {
  switch (item.type) {
    case "function_call_output":
    case "custom_tool_call_output": {
      const result = list.message("tool");
      if (!readContent(item.output, result, readPart)) return false;
      result.beside(item, ["type", "call_id", "output"]);
      return true;
    }
    case "function_call":
    case "custom_tool_call":
    case "reasoning":
      list.message("assistant").beside(item, ["type"]);
      return true;
  }
  return readTurn(item, list);
}

function readTurn(turn: JsonObject, list: TextList): boolean {
  const said = list.message(roleOf(turn.role));
  if (!readContent(turn.content, said, readPart)) return false;
  said.beside(turn, ["role", "content"]);
  return true;
}

/** A role that is none of those that may be left out is looked at: what it means is the vendor's to say. */
function roleOf(role: Json | undefined): Role {
  switch (role) {
    case "system":
    case "developer":
    case "assistant":
    case "tool":
      return role;
  }
  return "user";
}
