import type { ChatEvent } from "../../chat/event.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";
import type { Usage } from "../../chat/usage.ts";
import { sseData } from "../../framing/sse.ts";
import type { Stage } from "../../framing/stage.ts";
import type { AnswerContext } from "../wire-format.ts";
import { encodeLogprobs, encodeUsage } from "./answer.ts";
import { type BlockEncoder, blockEncoder, type ChunkWriter } from "./encode-parts.ts";
import { encodeStreamError } from "./error.ts";
import { encodeSources } from "./grounding.ts";
import { answerHead, ownExtra } from "./response.ts";
import { encodeFinish } from "./wire.ts";

/** `alt=sse`: each chunk is an event without a name; nothing marks the end. */
export function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const chunks = chunkEncoder(context);
  return {
    push: (event) => chunks.push(event).map(sseData),
    end: () => chunks.end().map(sseData),
  };
}

/** Without `alt=sse` the chunks are the elements of one JSON array. */
export function jsonArrayEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const chunks = chunkEncoder(context);
  let opener = "[";
  const element = (json: string) => {
    const text = opener + json;
    opener = ",\r\n";
    return text;
  };
  return {
    push: (event) => chunks.push(event).map(element),
    end() {
      const last = chunks.end().map(element);
      return [...last, opener === "[" ? "[]" : "\r\n]\r\n"];
    },
  };
}

interface ChoiceState {
  readonly writer: ChunkWriter;
  readonly texts: { text: string; annotations: Annotation[] }[];
  finish?: string;
}

/**
 * Chunks as JSON text. Finish reasons, sources and usage stand in the last one, as Gemini has them;
 * what every chunk repeats is serialised once.
 */
function chunkEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  const blocks = new Map<number, BlockEncoder>();
  const texts = new Map<number, ChoiceState["texts"][number]>();
  const choices = new Map<number, ChoiceState>();
  let tail = "}";
  let firstTail = tail;
  let usage: Usage | undefined;
  let failed = false;

  function start(event: Extract<ChatEvent, { type: "message-start" }>) {
    const head = JSON.stringify(answerHead(event, context)).slice(1);
    const extra = JSON.stringify(ownExtra(event)).slice(1, -1);
    tail = `],${head}`;
    firstTail = extra === "" ? tail : `],${extra},${head}`;
  }

  function choiceOf(number: number): ChoiceState {
    let state = choices.get(number);
    if (!state) {
      state = { writer: chunkWriter(number), texts: [] };
      choices.set(number, state);
    }
    return state;
  }

  /** The tail is taken when a chunk is written: the first one says more. */
  function chunkWriter(number: number): ChunkWriter {
    const foot = `,"index":${number}}`;
    const chunk = (part: string, members: string) => {
      const end = firstTail;
      firstTail = tail;
      return `{"candidates":[{"content":{"parts":[${part}],"role":"model"}${members}${foot}${end}`;
    };
    return {
      part: (json) => chunk(json, ""),
      scored: (json, logprobs) =>
        chunk(json, `,"logprobsResult":${JSON.stringify(encodeLogprobs(logprobs))}`),
    };
  }

  function startBlock(event: Extract<ChatEvent, { type: "block-start" }>) {
    const { writer, texts: listed } = choiceOf(event.choice);
    blocks.set(event.index, blockEncoder(event.block, writer));
    if (event.block.kind !== "text" && event.block.kind !== "refusal") return;
    const text = { text: "", annotations: [] };
    texts.set(event.index, text);
    listed.push(text);
  }

  function push(event: ChatEvent): readonly string[] {
    switch (event.type) {
      case "text-delta":
      case "reasoning-delta":
      case "tool-call-delta": {
        const text = event.type === "text-delta" ? texts.get(event.index) : undefined;
        if (text && event.type === "text-delta") text.text += event.text;
        return blocks.get(event.index)?.delta(event) ?? [];
      }
      case "annotation":
        texts.get(event.index)?.annotations.push(event.annotation);
        return [];
      case "message-start":
        start(event);
        return [];
      case "block-start":
        startBlock(event);
        return [];
      case "block-end": {
        const last = blocks.get(event.index)?.end() ?? [];
        blocks.delete(event.index);
        return last;
      }
      case "finish":
        choiceOf(event.choice).finish = encodeFinish(event.reason, event.raw);
        return [];
      case "usage":
        usage = event.usage;
        return [];
      case "error":
        failed = true;
        return [JSON.stringify({ error: encodeStreamError(event.error) })];
    }
  }

  function end(): readonly string[] {
    const ended = [...choices].sort(([a], [b]) => a - b).map(lastCandidate);
    if (failed || (ended.length === 0 && !usage)) return [];
    const members = usage ? `"usageMetadata":${JSON.stringify(encodeUsage(usage))},` : "";
    const rest = firstTail.replace(/^\],/, "");
    return [`{"candidates":${JSON.stringify(ended)},${members}${rest}`];
  }

  return { push, end };
}

function lastCandidate([index, { texts, finish }]: readonly [number, ChoiceState]): JsonObject {
  const groundingMetadata = encodeSources(texts);
  return {
    content: { parts: [{ text: "" }], role: "model" },
    ...(finish !== undefined && { finishReason: finish }),
    ...(groundingMetadata && { groundingMetadata }),
    index,
  };
}
