import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { type Intent, PLAIN_INTENT } from "../intent.ts";
import {
  isFilledList,
  isFilledText,
  type PromptText,
  type Said,
  type TextList,
  textList,
} from "../prompt-text.ts";
import { resultText } from "./tools.ts";
import { camelKeys, listed, memberSaidTwice, modelInPath, readGeneratePath } from "./wire.ts";

/** What a call of generateContent asks for: the model, and whether to stream, stand in its path. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  model: (wire, path) => modelInPath(path) ?? wire.model,
  stream: (wire, path) => readGeneratePath(path)?.stream ?? wire.stream === true,
  choiceCount(wire) {
    const config = wire.generationConfig ?? wire.generation_config;
    const count = isJsonObject(config) ? camelKeys(config).candidateCount : undefined;
    return typeof count === "number" ? count : 1;
  },
  hasPrompt: ({ contents }) =>
    isFilledText(contents) || isFilledList(contents) || isJsonObject(contents),
  texts,
  members: {
    prompt: ["contents", "systemInstruction", "system_instruction"],
    streaming: ["stream"],
    nested: ["generationConfig", "generation_config"],
  },
};

function texts(written: JsonObject): readonly PromptText[] | undefined {
  // Nobody knows which of two the vendor takes.
  if (memberSaidTwice(written) !== undefined) return undefined;
  const wire = camelKeys(written);
  const { systemInstruction: system = null, contents } = wire;
  const list = textList();
  if (system !== null && !readParts(system, list.message("system"))) return undefined;
  return readContents(contents, list)
    ? list.withRest(wire, ["systemInstruction", "contents"])
    : undefined;
}

function readContents(value: Json | undefined, list: TextList): boolean {
  if (typeof value === "string") {
    list.tell("user", value);
    return true;
  }
  const contents = listed(value);
  if (!isFilledList(contents)) return false;
  return contents.every((content) => {
    if (!isJsonObject(content)) return false;
    const { role } = content;
    const said = list.message(role === "model" || role === "assistant" ? "assistant" : "user");
    if (!readParts(content, said)) return false;
    said.beside(content, ["role", "parts"]);
    return true;
  });
}

/** Parts, or the object that holds them. */
function readParts(value: Json, said: Said): boolean {
  const written = isJsonObject(value) ? listed(value.parts ?? []) : value;
  const parts: unknown = typeof written === "string" ? [{ text: written }] : written;
  if (!Array.isArray(parts)) return false;
  for (const part of parts) {
    if (!isJsonObject(part) || memberSaidTwice(part) !== undefined) return false;
    readPart(camelKeys(part), said);
  }
  said.end(parts.length > 0);
  return true;
}

function readPart(part: JsonObject, said: Said): void {
  const { text, thought, functionCall, functionResponse, inlineData, ...others } = part;
  if (isJsonObject(functionCall)) {
    said.call(functionCall.name, functionCall.args);
    said.beside(functionCall, ["id", "name", "args"]);
  }
  if (isJsonObject(functionResponse)) {
    said.result((result) => {
      const { response, name, ...more } = functionResponse;
      if (isJsonObject(response)) result.words(resultText(response));
      else result.inside(response);
      result.inside(more);
      result.beside({ name }, []);
    });
  }
  const file = isJsonObject(inlineData) ? camelKeys(inlineData) : undefined;
  if (file && typeof file.data === "string") {
    said.file(file.data, typeof file.mimeType === "string" ? file.mimeType : "");
    said.beside(file, ["data", "mimeType"]);
  }
  if (typeof text === "string" && thought !== true) said.words(text);
  else said.inside(text);
  said.inside(others);
}
