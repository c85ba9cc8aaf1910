import type { Block, ChatEvent } from "../../../chat/event.ts";
import { encodeCitation } from "./citations.ts";

export type DeltaEvent = Extract<
  ChatEvent,
  { type: "text-delta" | "reasoning-delta" | "tool-call-delta" | "annotation" }
>;

/** Writes one block of a stream; it may become two on the wire. */
export interface BlockEncoder {
  delta(event: DeltaEvent, out: string[]): void;
  end(out: string[]): void;
}

/** The blocks of one stream count from 0 on the wire. */
export interface BlockCount {
  next: number;
}

export type ShownBlock = Exclude<Block, { kind: "refusal" }>;

export function blockEncoder(block: ShownBlock, count: BlockCount, out: string[]): BlockEncoder {
  switch (block.kind) {
    case "text":
      return textEncoder(count, out);
    case "reasoning":
      return reasoningEncoder(block.redacted, count);
    case "tool-call":
      return toolCallEncoder(block, count, out);
  }
}

const TEXT_START = `{"type":"text","text":""}`;

function textEncoder(count: BlockCount, out: string[]): BlockEncoder {
  const { head, stop } = open(TEXT_START, count, out);
  const textHead = `${head}{"type":"text_delta","text":`;
  return {
    delta(event, chunks) {
      if (event.type === "text-delta") {
        chunks.push(`${textHead}${JSON.stringify(event.text)}}}\n\n`);
      } else if (event.type === "annotation") {
        const citation = encodeCitation(event.annotation);
        if (!citation) return;
        const json = JSON.stringify({ type: "citations_delta", citation });
        chunks.push(`${head}${json}}\n\n`);
      }
    },
    end: (chunks) => chunks.push(stop),
  };
}

function toolCallEncoder(
  { id, name, custom }: Extract<Block, { kind: "tool-call" }>,
  count: BlockCount,
  out: string[],
): BlockEncoder {
  const { head, stop } = open(
    JSON.stringify({ type: "tool_use", id, name, input: {} }),
    count,
    out,
  );
  const inputHead = `${head}{"type":"input_json_delta","partial_json":`;
  let freeText = "";
  let hasInput = false;

  function say(text: string, chunks: string[]) {
    hasInput = true;
    chunks.push(`${inputHead}${JSON.stringify(text)}}}\n\n`);
  }

  return {
    delta(event, chunks) {
      if (event.type !== "tool-call-delta" || event.arguments === "") return;
      if (custom) freeText += event.arguments;
      else say(event.arguments, chunks);
    },
    end(chunks) {
      if (custom) say(JSON.stringify({ input: freeText }), chunks);
      else if (!hasInput) say("{}", chunks);
      chunks.push(stop);
    },
  };
}

const THINKING_START = `{"type":"thinking","thinking":"","signature":""}`;

/** A thinking block starts with its first words: it may yet turn out to be encrypted whole. */
function reasoningEncoder(redactedAtStart: string | undefined, count: BlockCount): BlockEncoder {
  let redacted = redactedAtStart;
  let opened: OpenBlock | undefined;

  function write(json: string, out: string[]) {
    opened ??= open(THINKING_START, count, out);
    out.push(`${opened.head}${json}}\n\n`);
  }

  return {
    delta(event, out) {
      if (event.type !== "reasoning-delta") return;
      const { text, signature } = event;
      redacted = event.redacted ?? redacted;
      if (text !== undefined && text !== "") {
        write(`{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`, out);
      }
      if (signature !== undefined) {
        write(JSON.stringify({ type: "signature_delta", signature }), out);
      }
    },
    end(out) {
      if (redacted === undefined) opened ??= open(THINKING_START, count, out);
      if (opened) out.push(opened.stop);
      if (redacted === undefined) return;
      const start = JSON.stringify({ type: "redacted_thinking", data: redacted });
      out.push(open(start, count, out).stop);
    },
  };
}

interface OpenBlock {
  /** What stands ahead of a delta. */
  readonly head: string;
  readonly stop: string;
}

function open(block: string, count: BlockCount, out: string[]): OpenBlock {
  const index = count.next;
  count.next++;
  const start = `{"type":"content_block_start","index":${index},"content_block":${block}}`;
  out.push(`event: content_block_start\ndata: ${start}\n\n`);
  const stop = `{"type":"content_block_stop","index":${index}}`;
  return {
    head: `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":`,
    stop: `event: content_block_stop\ndata: ${stop}\n\n`,
  };
}

/** JSON text is one line as `JSON.stringify` writes it. */
