import { GatewayError } from "./error.ts";
import type { Block, ChatEvent, FinishReason } from "./event.ts";
import type { Json } from "./json.ts";
import type { Annotation } from "./message.ts";
import type { ChatResponse, Choice, ChoicePart } from "./response.ts";
import type { Usage } from "./usage.ts";

/** Makes one whole answer of its events. Throws the error of an `error` event. */
export function collect(events: Iterable<ChatEvent>): ChatResponse {
  const answer = collector();
  for (const event of events) answer.push(event);
  return answer.finish();
}

export interface Collector {
  push(event: ChatEvent): void;
  /**
   * The answer as far as it was said; blocks that are still open are included. Throws the error of
   * an `error` event, and `upstream_truncated` when nothing was said at all.
   */
  finish(): ChatResponse;
}

interface OpenPart {
  readonly choice: number;
  readonly block: Block;
  text: string;
  signature?: string;
  signer?: string;
  redacted?: string;
  logprobs?: Json[];
  annotations?: Annotation[];
}

export function collector(): Collector {
  const parts = new Map<number, OpenPart>();
  const finishes = new Map<number, { reason: FinishReason; raw: string | undefined }>();
  let head: Extract<ChatEvent, { type: "message-start" }> | undefined;
  let late: LateMembers = {};
  let usage: Usage | undefined;
  let error: GatewayError | undefined;

  function push(event: ChatEvent): void {
    switch (event.type) {
      case "message-start":
        head = event;
        return;
      case "block-start":
        parts.set(event.index, { choice: event.choice, block: event.block, text: "" });
        return;
      case "usage":
        usage = event.usage;
        late = joinedMembers(late, event);
        return;
      case "finish":
        finishes.set(event.choice, { reason: event.reason, raw: event.raw });
        return;
      case "error":
        error = event.error;
        return;
      case "text-delta":
      case "annotation":
      case "reasoning-delta":
      case "tool-call-delta": {
        const part = parts.get(event.index);
        if (part) extend(part, event);
        return;
      }
      case "block-end":
        return;
    }
  }

  function choices(): Choice[] {
    const contents: ChoicePart[][] = [];
    const contentOf = (choice: number) => {
      while (contents.length <= choice) contents.push([]);
      return contents[choice];
    };
    for (const [, part] of [...parts].sort(([a], [b]) => a - b)) {
      contentOf(part.choice)?.push(closedPart(part));
    }
    for (const choice of finishes.keys()) contentOf(choice);
    return contents.map((content, choice) => {
      const finish = finishes.get(choice);
      if (!finish) return { content };
      if (finish.raw === undefined) return { content, finishReason: finish.reason };
      return { content, finishReason: finish.reason, rawFinishReason: finish.raw };
    });
  }

  function finish(): ChatResponse {
    if (error) throw error;
    if (!head) throw new GatewayError("upstream_truncated", "The answer ended before it began.");
    const { type: _, ...start } = head;
    const answer = { ...start, ...joinedMembers(start, late), choices: choices() };
    return usage ? { ...answer, usage } : answer;
  }

  return { push, finish };
}

type LateMembers = Pick<ChatResponse, "extra" | "extraFormat">;

/** What has no seat may be told at the start and, the rest of it, at the end. */
function joinedMembers(first: LateMembers, more: LateMembers): LateMembers {
  if (!more.extra) return first;
  const { extra, extraFormat = first.extraFormat } = more;
  return {
    extra: { ...first.extra, ...extra },
    ...(extraFormat !== undefined && { extraFormat }),
  };
}

type DeltaEvent = Extract<
  ChatEvent,
  { type: "text-delta" | "annotation" | "reasoning-delta" | "tool-call-delta" }
>;

function extend(part: OpenPart, event: DeltaEvent): void {
  switch (event.type) {
    case "text-delta":
      part.text += event.text;
      if (event.logprobs) {
        part.logprobs ??= [];
        part.logprobs.push(...event.logprobs);
      }
      return;
    case "annotation":
      part.annotations ??= [];
      part.annotations.push(event.annotation);
      return;
    case "reasoning-delta":
      if (event.text !== undefined) part.text += event.text;
      if (event.signature !== undefined) part.signature = event.signature;
      if (event.signer !== undefined) part.signer = event.signer;
      if (event.redacted !== undefined) part.redacted = event.redacted;
      return;
    case "tool-call-delta":
      part.text += event.arguments;
      return;
  }
}

function closedPart(part: OpenPart): ChoicePart {
  const { block, text, logprobs, annotations } = part;
  const proof = logprobs ? { logprobs } : {};
  switch (block.kind) {
    case "text":
      return {
        type: "text",
        text,
        ...(annotations && { annotations }),
        ...(block.signature !== undefined && { signature: block.signature }),
        ...proof,
      };
    case "refusal":
      return { type: "refusal", text, ...proof };
    case "reasoning": {
      const redacted = part.redacted ?? block.redacted;
      return {
        type: "reasoning",
        text,
        ...(part.signature !== undefined && { signature: part.signature }),
        ...(part.signer !== undefined && { signer: part.signer }),
        ...(redacted !== undefined && { redacted }),
      };
    }
    case "tool-call":
      return {
        type: "tool-call",
        id: block.id,
        name: block.name,
        arguments: text,
        ...(block.signature !== undefined && { signature: block.signature }),
        ...(block.custom && { custom: block.custom }),
      };
  }
}
