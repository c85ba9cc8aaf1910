import { collector } from "../../chat/collect.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerObserver } from "../../gateway/call/reply.ts";
import { MAX_KEPT_LENGTH } from "./kept-answer.ts";

/** Puts an answer together as it passes. Told once: undefined where it was not whole, or too long to be kept. */
export function whenOver(tell: (response: ChatResponse | undefined) => void): AnswerObserver {
  const answer = collector();
  let length = 0;
  return {
    events(events) {
      for (const event of events) {
        if ("text" in event) length += event.text?.length ?? 0;
        if (length > MAX_KEPT_LENGTH) return;
        answer.push(event);
      }
    },
    end(isWhole) {
      tell(isWhole && length <= MAX_KEPT_LENGTH ? answer.finish() : undefined);
    },
  };
}

/** All that is said in an answer, without its form. */
export function saidIn({ choices }: ChatResponse): string {
  const parts = choices.flatMap(({ content }) => content);
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}
