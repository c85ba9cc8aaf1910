import { isJsonObject, type JsonObject } from "../../chat/json.ts";

/**
 * What a model's part says in text. Code that it ran, what came of it, and pictures that it drew
 * have no seat of their own in an answer: they become Markdown, so that nothing is lost.
 */
export function proseOf(part: JsonObject): string {
  const { text, inlineData, fileData, executableCode, codeExecutionResult } = part;
  if (typeof text === "string") return text;
  if (isJsonObject(inlineData)) {
    return image(`data:${word(inlineData.mimeType)};base64,${word(inlineData.data)}`);
  }
  if (isJsonObject(fileData)) return image(word(fileData.fileUri));
  if (isJsonObject(executableCode)) {
    return fence(word(executableCode.language).toLowerCase(), word(executableCode.code));
  }
  if (isJsonObject(codeExecutionResult)) return fence("", word(codeExecutionResult.output));
  return "";
}

function image(url: string): string {
  return `![](${url})`;
}

function fence(language: string, code: string): string {
  const end = code.endsWith("\n") ? "" : "\n";
  return `\n\`\`\`${language}\n${code}${end}\`\`\`\n`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}
