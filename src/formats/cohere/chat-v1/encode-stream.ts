import { collector } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCitation } from "./messages.ts";
import { encodeResponse, finishWord } from "./response.ts";

const TEXT_HEAD = `{"is_finished":false,"event_type":"text-generation","text":`;

/** A text as it was said so far, since citations quote it; or what stands before a piece of a call. */
type OpenBlock = { text: string } | string;

/**
 * The events of https://docs.cohere.com/v1/docs/streaming. The last one repeats the whole answer,
 * so the answer is gathered on the way.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const answer = collector();
  let callCount = 0;

  const encoder = answerEncoder<OpenBlock, string>({
    start({ id }, out) {
      out.push(line("stream-start", { generation_id: id || context.requestId }));
    },
    open({ block }, out) {
      if (block.kind === "reasoning") return undefined;
      if (block.kind !== "tool-call") return { text: "" };
      const index = callCount++;
      out.push(line("tool-calls-chunk", { tool_call_delta: { index, name: block.name } }));
      return `{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"index":${index},"parameters":`;
    },
    text(block, { text }, out) {
      if (typeof block === "string" || text === "") return;
      block.text += text;
      out.push(textLine(`${TEXT_HEAD}${JSON.stringify(text)}}`));
    },
    arguments(head, { arguments: text }, out) {
      if (typeof head !== "string" || text === "") return;
      out.push(textLine(`${head}${JSON.stringify(text)}}}`));
    },
    annotation(block, { annotation }, out) {
      if (typeof block === "string") return;
      const citations = [encodeCitation(annotation, block.text)];
      out.push(line("citation-generation", { citations }));
    },
    fail: ({ message }) => endLine({ finish_reason: "ERROR", error: message }),
    end({ finish }, out) {
      const response = encodeResponse(answer.finish(), context);
      const { tool_calls } = response;
      if (tool_calls) out.push(line("tool-calls-generation", { tool_calls }));
      const finish_reason = finish && finishWord(finish.reason, finish.raw);
      out.push(endLine({ ...(finish && { finish_reason }), response }));
    },
  });

  return {
    push(event) {
      if (event.type !== "error") answer.push(event);
      return encoder.push(event);
    },
    end: encoder.end,
  };
}

function line(type: string, members: JsonObject): string {
  return jsonLine({ is_finished: false, event_type: type, ...members });
}

function endLine(members: JsonObject): string {
  return jsonLine({ is_finished: true, event_type: "stream-end", ...members });
}
