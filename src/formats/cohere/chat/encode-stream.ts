import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";
import { sseData, sseEvent } from "../../../framing/sse.ts";
import type { Stage } from "../../../framing/stage.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { encodeCohereFinish } from "../finish.ts";
import { encodeCohereUsage } from "../usage.ts";
import { encodeCitation } from "./citations.ts";
import { encodeLogprob } from "./logprobs.ts";

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
  const blocks = new Map<number, OpenBlock>();
  let contentCount = 0;
  let callCount = 0;
  let citationCount = 0;
  let finish: string | undefined;
  let usage: Usage | undefined;
  let failed = false;

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>): string[] {
    if (event.choice !== 0) return [];
    const { block } = event;
    if (block.kind === "tool-call") {
      const number = callCount++;
      blocks.set(event.index, callBlock(number));
      const called = { name: block.name, arguments: "" };
      const call = { id: block.id, type: "function", function: called };
      return [named("tool-call-start", number, { tool_calls: call })];
    }
    const number = contentCount++;
    const member = block.kind === "reasoning" ? "thinking" : "text";
    blocks.set(event.index, contentBlock(number, member));
    return [named("content-start", number, { content: { type: member, [member]: "" } })];
  }

  function say(event: Extract<ChatEvent, { type: "text-delta" }>): string[] {
    const block = blocks.get(event.index);
    if (!block) return [];
    block.text += event.text;
    const { head, foot } = block;
    const delta = head + JSON.stringify(event.text) + foot;
    if (!event.logprobs) return [sseEvent("content-delta", `${delta}}`)];
    // One proof a delta: the words go with the first, the others stand alone.
    return event.logprobs.map((token, i) => {
      const said = i === 0 ? delta : `${head}""${foot}`;
      return sseEvent(
        "content-delta",
        `${said},"logprobs":${JSON.stringify(encodeLogprob(token))}}`,
      );
    });
  }

  function extend(index: number, name: string, text: string | undefined): string[] {
    const block = blocks.get(index);
    if (!block || text === undefined || text === "") return [];
    block.text += text;
    return [sseEvent(name, `${block.head}${JSON.stringify(text)}${block.foot}}`)];
  }

  function cite(event: Extract<ChatEvent, { type: "annotation" }>): string[] {
    const block = blocks.get(event.index);
    if (!block) return [];
    const number = citationCount++;
    const citations = encodeCitation(event.annotation, block.text, block.number);
    return [named("citation-start", number, { citations }), named("citation-end", number)];
  }

  function endBlock(index: number): string[] {
    const block = blocks.get(index);
    if (!block) return [];
    blocks.delete(index);
    const end = named(`${block.kind}-end`, block.number);
    if (block.kind === "content" || block.text !== "") return [end];
    // Arguments are JSON text, so a call without any has the empty object.
    return [sseEvent("tool-call-delta", `${block.head}"{}"${block.foot}}`), end];
  }

  function push(event: ChatEvent): readonly string[] {
    switch (event.type) {
      case "text-delta":
        return say(event);
      case "reasoning-delta":
        return extend(event.index, "content-delta", event.text);
      case "tool-call-delta":
        return extend(event.index, "tool-call-delta", event.arguments);
      case "annotation":
        return cite(event);
      case "message-start":
        return [startMessage(event.id || context.requestId)];
      case "block-start":
        return startBlock(event);
      case "block-end":
        return endBlock(event.index);
      case "finish":
        if (event.choice === 0) finish = encodeCohereFinish(event.reason, event.raw);
        return [];
      case "usage":
        usage = event.usage;
        return [];
      case "error":
        failed = true;
        return [endMessage({ error: event.error.message, finish_reason: "ERROR" })];
    }
  }

  function end(): readonly string[] {
    if (failed) return [];
    const done = sseData("[DONE]");
    const delta = {
      ...(finish !== undefined && { finish_reason: finish }),
      ...(usage && { usage: encodeCohereUsage(usage) }),
    };
    return [endMessage(delta), done];
  }

  return { push, end };
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
