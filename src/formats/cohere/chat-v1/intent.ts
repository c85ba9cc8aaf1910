import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { type Intent, PLAIN_INTENT } from "../../intent.ts";
import {
  isFilledList,
  isFilledText,
  type PromptText,
  type Role,
  readTurns,
  type TextList,
  textList,
} from "../../prompt-text.ts";
import { outputText } from "./messages.ts";

/** What a request to Cohere's first chat API asks for. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  hasPrompt: ({ message, tool_results: results }) => isFilledText(message) || isFilledList(results),
  texts,
  members: { prompt: ["preamble", "chat_history", "message"], streaming: ["stream"] },
};

const READ = ["preamble", "chat_history", "tool_results", "message"];

/** Preamble, history, then what is said now: a message, or the results of tools. */
function texts(wire: JsonObject): readonly PromptText[] | undefined {
  const { preamble, chat_history: history, tool_results: results, message } = wire;
  if (!READ.some((name) => isLookedAt(wire[name]))) return undefined;
  const list = textList();
  if (typeof preamble === "string" && preamble !== "") list.tell("system", preamble);
  if (isFilledList(history) && !readTurns(history, (turn) => readTurn(turn, list))) {
    return undefined;
  }
  if (!readResults(results, list)) return undefined;
  if (typeof message === "string" && message !== "") list.tell("user", message);
  return list.withRest(
    wire,
    READ.filter((name) => isLookedAt(wire[name])),
  );
}

/** What is of another type than it should be is looked at with the rest. */
function isLookedAt(value: Json | undefined): boolean {
  return typeof value === "string" || Array.isArray(value);
}

function readTurn(turn: JsonObject, list: TextList): boolean {
  const { role, message, tool_results: results } = turn;
  const said = list.message(roleOf(role));
  if (typeof message === "string") said.words(message);
  else said.inside(message);
  said.beside(turn, ["role", "message", "tool_results"]);
  return readResults(results, list);
}

/** False for what cannot be looked at. */
function readResults(results: Json | undefined, list: TextList): boolean {
  if (!isFilledList(results)) return !isJsonObject(results) && typeof results !== "string";
  return readTurns(results, ({ call, outputs, ...others }) => {
    const said = list.message("tool");
    if (Array.isArray(outputs)) said.words(outputText(outputs));
    else said.inside(outputs);
    said.end(true);
    said.beside({ call, ...others }, []);
    return true;
  });
}

function roleOf(role: Json | undefined): Role {
  switch (role) {
    case "SYSTEM":
      return "system";
    case "CHATBOT":
      return "assistant";
    case "TOOL":
      return "tool";
  }
  return "user";
}
