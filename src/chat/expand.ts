import type { Block, ChatEvent } from "./event.ts";
import type { ChatResponse, ChoicePart } from "./response.ts";

/**
 * The events that `collect` makes this answer of, choice by choice. A choice with neither content
 * nor a finish reason leaves no trace unless a later one has.
 */
export function expand(response: ChatResponse): ChatEvent[] {
  const { choices, usage, ...head } = response;
  const events: ChatEvent[] = [{ type: "message-start", ...head }];
  let index = 0;
  for (const [choice, { content, finishReason, rawFinishReason }] of choices.entries()) {
    for (const part of content) {
      events.push({ type: "block-start", index, choice, block: blockOf(part) });
      expandPart(part, index, events);
      events.push({ type: "block-end", index });
      index++;
    }
    if (finishReason === undefined) continue;
    const finish = { type: "finish", choice, reason: finishReason } as const;
    events.push(rawFinishReason === undefined ? finish : { ...finish, raw: rawFinishReason });
  }
  if (usage) events.push({ type: "usage", usage });
  return events;
}

function blockOf(part: ChoicePart): Block {
  switch (part.type) {
    case "text":
      if (part.signature === undefined) return { kind: "text" };
      return { kind: "text", signature: part.signature };
    case "refusal":
      return { kind: "refusal" };
    case "reasoning":
      if (part.redacted === undefined) return { kind: "reasoning" };
      return { kind: "reasoning", redacted: part.redacted };
    case "tool-call":
      return {
        kind: "tool-call",
        id: part.id,
        name: part.name,
        ...(part.signature !== undefined && { signature: part.signature }),
        ...(part.custom && { custom: part.custom }),
      };
  }
}

function expandPart(part: ChoicePart, index: number, events: ChatEvent[]): void {
  switch (part.type) {
    case "text":
    case "refusal": {
      const { text, logprobs } = part;
      if (logprobs) events.push({ type: "text-delta", index, text, logprobs });
      else if (text !== "") events.push({ type: "text-delta", index, text });
      if (part.type === "refusal") return;
      for (const annotation of part.annotations ?? []) {
        events.push({ type: "annotation", index, annotation });
      }
      return;
    }
    case "reasoning": {
      const { text, signature, signer } = part;
      if (text !== "") events.push({ type: "reasoning-delta", index, text });
      if (signature === undefined) return;
      const signed = { type: "reasoning-delta", index, signature } as const;
      events.push(signer === undefined ? signed : { ...signed, signer });
      return;
    }
    case "tool-call":
      if (part.arguments === "") return;
      events.push({ type: "tool-call-delta", index, arguments: part.arguments });
      return;
  }
}
