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

/** What a request to Ollama's chat asks for. It streams unless it is told not to. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  stream: ({ stream }) => stream !== false,
  hasPrompt: ({ messages }) => isFilledList(messages),
  texts,
  members: { prompt: ["messages"], streaming: ["stream"] },
};

function texts(wire: JsonObject): readonly PromptText[] | undefined {
  const list = textList();
  const isRead = readTurns(wire.messages, ({ role, content, images: _, tool_calls, ...others }) => {
    const said = list.message(roleOf(role));
    if (!readContent(content, said, readPart)) return false;
    const calls: readonly Json[] = Array.isArray(tool_calls) ? tool_calls : [];
    for (const call of calls) {
      const asked = isJsonObject(call) ? call.function : undefined;
      if (isJsonObject(asked)) said.call(asked.name, asked.arguments);
      else said.inside(call);
    }
    said.beside(others, []);
    return true;
  });
  return isRead ? list.withRest(wire, ["messages"]) : undefined;
}

function roleOf(role: Json | undefined): Role {
  return role === "system" || role === "assistant" || role === "tool" ? role : "user";
}
