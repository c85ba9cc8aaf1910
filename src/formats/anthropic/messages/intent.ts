import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { type Intent, PLAIN_INTENT } from "../../intent.ts";
import {
  isFilledList,
  type PromptText,
  type Role,
  readContent,
  readPart,
  readTurns,
  type Said,
  textList,
} from "../../prompt-text.ts";

/** What a request to Anthropic's Messages asks for. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  hasPrompt: ({ messages }) => isFilledList(messages),
  texts,
  members: { prompt: ["system", "messages"], streaming: ["stream"] },
};

const READ = ["system", "messages"];

function texts(wire: JsonObject): readonly PromptText[] | undefined {
  const { system, messages } = wire;
  const list = textList();
  const isSilent = system === "" || (Array.isArray(system) && system.length === 0);
  if (!isSilent && !readContent(system, list.message("system"), readBlock)) return undefined;
  const isRead = readTurns(messages, (turn) => {
    const said = list.message(roleOf(turn.role));
    if (!readContent(turn.content, said, readBlock)) return false;
    said.beside(turn, ["role", "content"]);
    return true;
  });
  return isRead ? list.withRest(wire, READ) : undefined;
}

/** A result of a tool stands in the user's turn. */
function roleOf(role: Json | undefined): Role {
  return role === "system" || role === "assistant" ? role : "user";
}

function readBlock(block: JsonObject, said: Said): void {
  const { type, source } = block;
  switch (type) {
    case "tool_use":
      said.call(block.name, block.input);
      said.beside(block, ["type", "id", "name", "input"]);
      return;
    case "tool_result":
      said.result((result) => {
        const { content } = block;
        if (!readContent(content, result, readBlock)) result.inside(content);
        result.beside(block, ["content"]);
      });
      return;
    case "text":
      readPart(block, said);
      return;
  }
  if (isJsonObject(source) && typeof source.data === "string" && source.type === "base64") {
    const { media_type: mediaType, data } = source;
    said.file(data, typeof mediaType === "string" ? mediaType : "");
    const { source: _, ...others } = block;
    said.inside(others);
  } else said.inside(block);
}
