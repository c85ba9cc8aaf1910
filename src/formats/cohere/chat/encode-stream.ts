import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import { sseData, sseEvent } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCohereFinish, encodeCohereUsage } from "../answer.ts";
import { encodeCitation } from "./citations.ts";
import { encodeLogprob } from "./response.ts";

interface OpenBlock {
  /** Its number among the content items, or among the tool calls. */
  readonly number: number;
  readonly kind: "content" | "tool-call";
  /** What stands before and after the words in a delta. */
  readonly head: string;
  readonly foot: string;
  /** What was said so far: citations quote it. */
  text: string;
}

/**
 * The events of https://docs.cohere.com/docs/streaming. `message-end` holds the finish reason and
 * the usage, so it waits for the end; an error is told in it, as Cohere does.
 */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  let contentCount = 0;
  let callCount = 0;
  let citationCount = 0;

  return answerEncoder<OpenBlock, string>({
    start({ id }, out) {
      out.push(startMessage(id || context.requestId));
    },
    open({ block }, out) {
      if (block.kind === "tool-call") {
        const number = callCount++;
        const called = { name: block.name, arguments: "" };
        const call = { id: block.id, type: "function", function: called };
        out.push(named("tool-call-start", number, { tool_calls: call }));
        return callBlock(number);
      }
      const number = contentCount++;
      const member = block.kind === "reasoning" ? "thinking" : "text";
      out.push(named("content-start", number, { content: { type: member, [member]: "" } }));
      return contentBlock(number, member);
    },
    text: say,
    reasoning: (block, { text = "" }, out) => extend(block, "content-delta", text, out),
    arguments: (block, event, out) => extend(block, "tool-call-delta", event.arguments, out),
    annotation(block, { annotation }, out) {
      const number = citationCount++;
      const citations = encodeCitation(annotation, block.text, block.number);
      out.push(named("citation-start", number, { citations }), named("citation-end", number));
    },
    close({ kind, number, text, head, foot }, out) {
      // Arguments are JSON text, so a call without any has the empty object.
      const isEmptyCall = kind === "tool-call" && text === "";
      if (isEmptyCall) out.push(sseEvent("tool-call-delta", `${head}"{}"${foot}}`));
      out.push(named(`${kind}-end`, number));
    },
    fail: ({ message }) => endMessage({ error: message, finish_reason: "ERROR" }),
    end({ finish, usage }, out) {
      const delta = {
        ...(finish && { finish_reason: encodeCohereFinish(finish.reason, finish.raw) }),
        ...(usage && { usage: encodeCohereUsage(usage) }),
      };
      out.push(endMessage(delta), sseData("[DONE]"));
    },
  });
}

function say(
  block: OpenBlock,
  { text, logprobs }: Extract<ChatEvent, { type: "text-delta" }>,
  out: string[],
) {
  block.text += text;
  const { head, foot } = block;
  let delta = head + JSON.stringify(text) + foot;
  if (!logprobs) {
    out.push(sseEvent("content-delta", `${delta}}`));
    return;
  }
  // One proof a delta: the words go with the first, the others stand alone.
  for (const token of logprobs) {
    const proof = JSON.stringify(encodeLogprob(token));
    out.push(sseEvent("content-delta", `${delta},"logprobs":${proof}}`));
    delta = `${head}""${foot}`;
  }
}

function extend(block: OpenBlock, name: string, text: string, out: string[]) {
  if (text === "") return;
  block.text += text;
  out.push(sseEvent(name, `${block.head}${JSON.stringify(text)}${block.foot}}`));
}

function startMessage(id: string): string {
  const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  return sseEvent(
    "message-start",
    JSON.stringify({ id, type: "message-start", delta: { message } }),
  );
}

function endMessage(delta: JsonObject): string {
  return sseEvent("message-end", JSON.stringify({ type: "message-end", delta }));
}

function named(type: string, index: number, message?: JsonObject): string {
  return sseEvent(type, JSON.stringify({ type, index, ...(message && { delta: { message } }) }));
}

function contentBlock(number: number, member: "text" | "thinking"): OpenBlock {
  const head = `{"type":"content-delta","index":${number},"delta":{"message":{"content":{"${member}":`;
  return { number, kind: "content", head, foot: "}}}", text: "" };
}

function callBlock(number: number): OpenBlock {
  const head = `{"type":"tool-call-delta","index":${number},"delta":{"message":{"tool_calls":{"function":{"arguments":`;
  return { number, kind: "tool-call", head, foot: "}}}}", text: "" };
}
