import { collector } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { answerContext } from "../call/answer-context.ts";
import type { Call } from "../call/call.ts";
import type { Prompt } from "../call/prompt.ts";

/**
 * Writes a stream down for the log as the whole answer that it amounts to, in the client's dialect.
 * As in the reference, it names no model and has all text once more under `response`.
 */
export function streamPayload(call: Call, prompt: Prompt) {
  const { format } = prompt;
  const answer = collector();
  return {
    push(events: readonly ChatEvent[]): void {
      for (const event of events) if (event.type !== "error") answer.push(event);
    },
    /** Undefined when nothing was said. */
    text(): string | undefined {
      const response = said(() => answer.finish());
      if (!response) return undefined;
      const { model: _, ...wire } = format.encodeResponse(
        response,
        answerContext(call, true, prompt),
      );
      return JSON.stringify({ ...wire, response: textOf(response) });
    },
  };
}

function said(finish: () => ChatResponse): ChatResponse | undefined {
  try {
    return finish();
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

function textOf({ choices }: ChatResponse): string {
  const parts = choices.flatMap(({ content }) => content);
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
