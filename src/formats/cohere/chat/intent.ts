import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { type Intent, PLAIN_INTENT } from "../../intent.ts";
import {
  isFilledList,
  type PromptText,
  type Role,
  readContent,
  readPart,
  readTurns,
  textList,
} from "../../prompt-text.ts";

/** What a request to Cohere's second chat API asks for. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  hasPrompt: ({ messages }) => isFilledList(messages),
  texts,
  members: { prompt: ["messages"], streaming: ["stream"] },
};

function texts(wire: JsonObject): readonly PromptText[] | undefined {
  const list = textList();
  const isRead = readTurns(wire.messages, (turn) => {
    const said = list.message(roleOf(turn.role));
    const { tool_plan: plan } = turn;
    // What the model says before it calls its tools.
    if (typeof plan === "string" && plan !== "") said.words(plan);
    if (!readContent(turn.content, said, readPart)) return false;
    said.beside(turn, ["role", "content", "tool_plan"]);
    if (isJsonObject(plan) || Array.isArray(plan)) said.inside(plan);
    return true;
  });
  return isRead ? list.withRest(wire, ["messages"]) : undefined;
}

function roleOf(role: Json | undefined): Role {
  return role === "system" || role === "assistant" || role === "tool" ? role : "user";
}
