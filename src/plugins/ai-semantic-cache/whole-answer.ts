import { type Collector, collector } from "../../chat/collect.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerObserver } from "../../gateway/call/reply.ts";
import { MAX_KEPT_LENGTH } from "./kept-answer.ts";

/** Puts an answer together as it passes. Told once: undefined where it was not whole, or too long to be kept. */
export function whenOver(tell: (response: ChatResponse | undefined) => void): AnswerObserver {
  /** Let go of once it is too long. */
  let answer: Collector | undefined = collector();
  let length = 0;
  return {
    events(events) {
      for (const event of events) {
        length += lengthOf(event);
        if (length > MAX_KEPT_LENGTH) answer = undefined;
        answer?.push(event);
      }
    },
    end(isWhole) {
      tell(isWhole ? answer?.finish() : undefined);
    },
  };
}

/** Characters of what an event adds to the answer. */
function lengthOf(event: ChatEvent): number {
  switch (event.type) {
    case "text-delta":
      return event.text.length + (event.logprobs ? JSON.stringify(event.logprobs).length : 0);
    case "tool-call-delta":
      return event.arguments.length;
    case "block-start":
    case "annotation":
      return JSON.stringify(event).length;
    case "reasoning-delta":
      return event.text?.length ?? 0;
    case "message-start":
    case "block-end":
    case "usage":
    case "finish":
    case "error":
      return 0;
  }
}

/** All that is said in an answer, without its form. */
export function saidIn({ choices }: ChatResponse): string {
  const parts = choices.flatMap(({ content }) => content);
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}
