import type { ChatEvent } from "../../../chat/event.ts";
import { expand } from "../../../chat/expand.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import { sseEvent } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { answerBuilder } from "./answer-builder.ts";
import type { OpenBlock } from "./output-items.ts";

/**
 * The order of events is OpenAI's own: clients know an answer's end by `response.completed`,
 * `response.incomplete` or `response.failed`, and there is no terminator behind it. Numbers have no gaps.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  let out: string[] = [];
  let sequence = 0;

  const builder = answerBuilder(context, (type, members) => {
    const wire = { type, sequence_number: sequence, ...members };
    sequence += 1;
    out.push(sseEvent(type, JSON.stringify(wire)));
  });

  /** What the builder tells meanwhile. */
  function told(into: string[], tell: () => void): void {
    out = into;
    tell();
  }

  return answerEncoder<OpenBlock, string>({
    start: (event, into) => told(into, () => builder.start(event)),
    open(event, into) {
      out = into;
      return builder.open(event.block);
    },
    text: (block, event, into) => told(into, () => block.text?.(event)),
    reasoning: (block, event, into) => told(into, () => block.reasoning?.(event)),
    arguments: (block, event, into) => told(into, () => block.arguments?.(event.arguments)),
    annotation: (block, event, into) => told(into, () => block.annotation?.(event.annotation)),
    close: (block, into) => told(into, block.close),
    fail(error) {
      const into: string[] = [];
      told(into, () => builder.fail(error));
      return into.join("");
    },
    end: (ending, into) => told(into, () => builder.end(ending)),
  });
}

/** What the stream of the same answer ends with. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const builder = answerBuilder(context, () => undefined);
  let whole: JsonObject = {};
  const encoder = answerEncoder<OpenBlock, never>({
    start: builder.start,
    open: ({ block }) => builder.open(block),
    text: (block, event) => block.text?.(event),
    reasoning: (block, event) => block.reasoning?.(event),
    arguments: (block, event) => block.arguments?.(event.arguments),
    annotation: (block, event) => block.annotation?.(event.annotation),
    close: (block) => block.close(),
    fail(error) {
      throw error;
    },
    end(told) {
      whole = builder.end(told);
    },
  });
  for (const event of expand(response)) encoder.push(event);
  encoder.end();
  return whole;
}
