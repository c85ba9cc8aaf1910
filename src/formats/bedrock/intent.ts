import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { type Intent, PLAIN_INTENT } from "../intent.ts";
import {
  isFilledList,
  type PromptText,
  type Role,
  readContent,
  readPart,
  readTurns,
  type Said,
  textList,
} from "../prompt-text.ts";
import { joinedTexts } from "./decode-content.ts";
import { readConversePath } from "./wire.ts";

/** What a call of Converse asks for: the model, and whether to stream, stand in its path. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  model: (_, path) => readConversePath(path)?.model,
  stream: (_, path) => readConversePath(path)?.stream === true,
  hasPrompt: ({ messages }) => isFilledList(messages),
  texts,
  members: { prompt: ["system", "messages"], streaming: [] },
};

function texts(wire: JsonObject): readonly PromptText[] | undefined {
  const { system, messages } = wire;
  const list = textList();
  const isSilent = Array.isArray(system) && system.length === 0;
  if (!isSilent && !readContent(system, list.message("system"), readBlock)) return undefined;
  const isRead = readTurns(messages, (turn) => {
    const said = list.message(roleOf(turn.role));
    if (!readContent(turn.content, said, readBlock)) return false;
    said.beside(turn, ["role", "content"]);
    return true;
  });
  return isRead ? list.withRest(wire, ["system", "messages"]) : undefined;
}

function roleOf(role: Json | undefined): Role {
  return role === "system" || role === "assistant" ? role : "user";
}

/** Each block has one member, which is its kind. */
function readBlock(block: JsonObject, said: Said): void {
  for (const kind in block) {
    const value = block[kind];
    if (isJsonObject(value)) readKind(kind, value, said);
    else readPart({ [kind]: value }, said);
  }
}

function readKind(kind: string, value: JsonObject, said: Said): void {
  switch (kind) {
    case "toolUse":
      said.call(value.name, value.input);
      said.beside(value, ["toolUseId", "name", "input"]);
      return;
    case "toolResult":
      said.result((result) => {
        if (!readContent(value.content, result, readResult)) result.inside(value.content);
        result.beside(value, ["toolUseId", "status", "content"]);
      });
      return;
    case "guardContent": {
      const { text, ...others } = value;
      if (isJsonObject(text)) readPart(text, said);
      said.inside(others);
      return;
    }
    case "citationsContent": {
      const { content, ...others } = value;
      if (Array.isArray(content)) said.words(joinedTexts(content));
      said.inside(others);
      return;
    }
    case "document":
      readDocument(value, said);
      return;
  }
  said.inside(value, kind);
}

/** What a tool gave may be JSON. */
function readResult(block: JsonObject, said: Said): void {
  if (block.json === undefined) readBlock(block, said);
  else said.words(JSON.stringify(block.json));
}

const TEXTS = new Set(["txt", "md", "csv", "html"]);

function readDocument({ source, ...others }: JsonObject, said: Said): void {
  const { format } = others;
  if (isJsonObject(source) && typeof source.bytes === "string") {
    said.file(source.bytes, typeof format === "string" && TEXTS.has(format) ? "text/plain" : "");
  } else said.inside(source, "source");
  said.inside(others);
}
