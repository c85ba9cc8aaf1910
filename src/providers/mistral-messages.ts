import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";

/** A message of OpenAI's as Mistral's platform takes it; itself where both say the same. */
export function mistralMessage(message: Json): Json {
  if (!isJsonObject(message)) return message;
  const { refusal, ...rest } = message;
  const { role, content } = rest;
  const parts = Array.isArray(content) ? content.map(mistralPart) : undefined;
  const hasForeignParts = parts?.some((part, at) => part !== Object(content)[at]) ?? false;
  if (role !== "developer" && refusal === undefined && !hasForeignParts) return message;
  return {
    ...rest,
    ...(role === "developer" && { role: "system" }),
    ...(hasForeignParts && { content: parts }),
    // A refusal has no seat of its own, and is what was said.
    ...(typeof refusal === "string" && !content && { content: refusal }),
  };
}

/** https://docs.mistral.ai/capabilities/audio/ and https://docs.mistral.ai/capabilities/document_ai/document_qna */
function mistralPart(part: Json): Json {
  if (!isJsonObject(part)) return part;
  const { type, input_audio: audio, file } = part;
  if (type === "input_audio" && isJsonObject(audio)) return { type, input_audio: audio.data };
  if (type === "file" && isJsonObject(file)) return mistralFile(file);
  return part;
}

function mistralFile({ file_id, file_data, filename }: JsonObject): JsonObject {
  if (file_data === undefined) return { type: "file", file_id };
  return {
    type: "document_url",
    document_url: file_data,
    ...(filename !== undefined && { document_name: filename }),
  };
}

/** Mistral wants parameters of every function, be there none. */
export function mistralTool(tool: Json): Json {
  if (!isJsonObject(tool) || !isJsonObject(tool.function)) return tool;
  if (tool.function.parameters !== undefined) return tool;
  const parameters = { type: "object", properties: {} };
  return { ...tool, function: { ...tool.function, parameters } };
}
