import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, parseJson } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { Reply } from "../../gateway/call/reply.ts";

/**
 * A text as the stream that the client asked for. An answer in the client's own dialect becomes that
 * dialect's stream; any other text is one server-sent event.
 */
export function streamedText(
  head: Pick<Reply, "status" | "headers">,
  text: string,
  prompt: Prompt,
): Reply {
  const { format } = prompt;
  const bytes = new TextEncoder().encode(text);
  const response = responseIn(text, format);
  if (response) return { ...head, prompt, body: { type: "whole", format, bytes, response } };
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  const event = `${lines.join("")}\n${format.streamTerminator ?? ""}`;
  head.headers.set("content-type", "text/event-stream");
  return { ...head, body: { type: "whole", bytes: new TextEncoder().encode(event) } };
}

function responseIn(text: string, format: Prompt["format"]): ChatResponse | undefined {
  try {
    const wire = parseJson(text);
    if (!isJsonObject(wire)) return undefined;
    const response = format.decodeResponse(wire);
    return response.choices.length > 0 ? response : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof GatewayError) return undefined;
    throw cause;
  }
}
