import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";

const KNOWN: ReadonlySet<unknown> = new Set([
  "text",
  "image_url",
  "video_url",
  "input_audio",
  "file",
]);

/**
 * What is wrong with the first part of a chat in OpenAI's dialect that Gemini cannot be told, in the
 * reference's sentences: programs match on them. Undefined where no part is at fault.
 */
export function geminiPartFault({ messages }: JsonObject): string | undefined {
  if (!Array.isArray(messages)) return undefined;
  const contents = messages.map((message) => (isJsonObject(message) ? message.content : undefined));
  for (const content of contents) {
    const faults = Array.isArray(content) ? content.map(faultOf) : [];
    const fault = faults.find((one) => one !== undefined);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf(part: Json): string | undefined {
  if (!isJsonObject(part)) return undefined;
  const { type, text, image_url: image } = part;
  if (type === "text" && typeof text !== "string") {
    return "message part type is 'text' but is missing .text block";
  }
  const url = isJsonObject(image) ? image.url : image;
  if (type === "image_url" && typeof url !== "string") {
    return "message part type is 'image_url' but is missing .image_url.url block";
  }
  if (KNOWN.has(type)) return undefined;
  return `cannot transform part of type '${typeof type === "string" ? type : ""}' to Gemini format`;
}
