import { isJsonObject, type JsonObject } from "../../chat/json.ts";

/**
 * What a model's part says in text. Code that it ran, what came of it, pictures that it drew and
 * sounds that it made have no seat of their own in an answer: they become Markdown, so that nothing
 * is lost.
 */
export function proseOf(part: JsonObject): string {
  const { text, inlineData, fileData, executableCode, codeExecutionResult } = part;
  if (typeof text === "string") return text;
  if (isJsonObject(inlineData)) {
    const type = word(inlineData.mimeType);
    return link(type, `data:${type};base64,${word(inlineData.data)}`);
  }
  if (isJsonObject(fileData)) return link(word(fileData.mimeType), word(fileData.fileUri));
  if (isJsonObject(executableCode)) {
    return fence(word(executableCode.language).toLowerCase(), word(executableCode.code));
  }
  if (isJsonObject(codeExecutionResult)) return fence("", word(codeExecutionResult.output));
  return "";
}

/**
 * What Google's own tools were asked and what they said, as the JSON it is: part of how an answer
 * came about, not of the answer. Empty for any other part.
 */
export function traceOf({ toolCall, toolResponse }: JsonObject): string {
  if (isJsonObject(toolCall)) return fence("json", JSON.stringify({ toolCall }));
  if (isJsonObject(toolResponse)) return fence("json", JSON.stringify({ toolResponse }));
  return "";
}

/** A picture is shown; what is none can only be pointed to. A file that says nothing of its type may be one. */
function link(mimeType: string, url: string): string {
  const [kind = ""] = mimeType.split("/");
  return kind === "image" || kind === "" ? `![](${url})` : `[${kind}](${url})`;
}

function fence(language: string, code: string): string {
  const end = code.endsWith("\n") ? "" : "\n";
  return `\n\`\`\`${language}\n${code}${end}\`\`\`\n`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}
