import type { Block, ChatEvent } from "./event.ts";

/**
 * The law every event stream obeys. Gives the first violation as a sentence, or undefined.
 *
 * One `message-start` opens the answer. Each block is started once, with a higher index than any
 * before it, takes only deltas of its own kind, and is ended once. A choice finishes at most once,
 * with none of its blocks open, and says nothing after. `usage` may stand anywhere in between. An
 * `error` ends the stream wherever it stands; without one every block must have been ended.
 */
export function grammarViolation(events: Iterable<ChatEvent>): string | undefined {
  const checker = grammarChecker();
  for (const event of events) {
    const violation = checker.push(event);
    if (violation !== undefined) return violation;
  }
  return checker.end();
}

export interface GrammarChecker {
  push(event: ChatEvent): string | undefined;
  end(): string | undefined;
}

interface OpenBlock {
  readonly choice: number;
  readonly kind: Block["kind"];
}

/** The same law, one event at a time. */
export function grammarChecker(): GrammarChecker {
  const open = new Map<number, OpenBlock>();
  const finished = new Set<number>();
  let started = false;
  let failed = false;
  let lastIndex = -1;

  function start(event: Extract<ChatEvent, { type: "block-start" }>): string | undefined {
    if (event.index <= lastIndex) return `block ${event.index} starts after block ${lastIndex}`;
    if (finished.has(event.choice)) return `block ${event.index} starts in a finished choice`;
    lastIndex = event.index;
    open.set(event.index, { choice: event.choice, kind: event.block.kind });
    return undefined;
  }

  function delta(event: { type: string; index: number }, kinds: readonly string[]) {
    const block = open.get(event.index);
    if (!block) return `${event.type} for block ${event.index}, which is not open`;
    return kinds.includes(block.kind) ? undefined : `${event.type} in a ${block.kind} block`;
  }

  function finish(choice: number): string | undefined {
    if (finished.has(choice)) return `choice ${choice} finishes twice`;
    finished.add(choice);
    for (const [index, block] of open) {
      if (block.choice === choice) return `choice ${choice} finishes with block ${index} open`;
    }
    return undefined;
  }

  function push(event: ChatEvent): string | undefined {
    if (failed) return `${event.type} after the error`;
    if (event.type === "error") {
      failed = true;
      return undefined;
    }
    if (!started && event.type !== "message-start") return `${event.type} before message-start`;
    switch (event.type) {
      case "message-start":
        if (started) return "message-start twice";
        started = true;
        return undefined;
      case "block-start":
        return start(event);
      case "text-delta":
        return delta(event, ["text", "refusal"]);
      case "annotation":
        return delta(event, ["text"]);
      case "reasoning-delta":
        return delta(event, ["reasoning"]);
      case "tool-call-delta":
        return delta(event, ["tool-call"]);
      case "block-end":
        return open.delete(event.index) ? undefined : `block ${event.index} ends but is not open`;
      case "finish":
        return finish(event.choice);
      case "usage":
        return undefined;
    }
  }

  function end(): string | undefined {
    if (failed) return undefined;
    if (!started) return "the stream ends before message-start";
    for (const index of open.keys()) return `the stream ends with block ${index} open`;
    return undefined;
  }

  return { push, end };
}
