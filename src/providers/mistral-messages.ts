import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { Tell } from "./chat-rules.ts";

/** https://docs.mistral.ai/capabilities/audio/ */
export function audioPart(part: JsonObject): JsonObject {
  const { type, input_audio: audio } = part;
  return isJsonObject(audio) ? { type, input_audio: audio.data } : part;
}

/** https://docs.mistral.ai/capabilities/document_ai/document_qna */
export function filePart(part: JsonObject): JsonObject {
  if (!isJsonObject(part.file)) return part;
  const { file_id, file_data, filename } = part.file;
  if (file_data === undefined) return { type: "file", file_id };
  return {
    type: "document_url",
    document_url: file_data,
    ...(filename !== undefined && { document_name: filename }),
  };
}

/** What stands between results of tools and a user who did not wait for the answer. */
const BRIDGE: JsonObject = { role: "assistant", content: "OK" };

/**
 * The turns of a tool are answered by the assistant (`Unexpected role 'user' after role 'tool'`), and
 * a last turn of the assistant's is one to go on with (`prefix`).
 * https://docs.mistral.ai/capabilities/completion/prefix
 */
export function mistralOrder(messages: readonly Json[], tell: Tell): readonly Json[] {
  const last = messages.length - 1;
  const ends = messages[last];
  const isUnmarked = isJsonObject(ends) && ends.role === "assistant" && ends.prefix === undefined;
  const hasGap = messages.some((message, index) => isGap(messages[index - 1], message));
  if (!isUnmarked && !hasGap) return messages;
  return messages.flatMap((message, index) => {
    if (index === last && isUnmarked) return [{ ...ends, prefix: true }];
    if (!isGap(messages[index - 1], message)) return [message];
    const reason =
      "Mistral lets no user speak before the assistant has answered a tool: it says OK";
    tell("approximated", `messages[${index}]`, reason);
    return [BRIDGE, message];
  });
}

function isGap(before: Json | undefined, message: Json): boolean {
  return (
    isJsonObject(before) &&
    before.role === "tool" &&
    isJsonObject(message) &&
    (message.role === "user" || message.role === "system")
  );
}
