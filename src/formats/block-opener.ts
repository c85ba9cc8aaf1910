import type { Block, ChatEvent } from "../chat/event.ts";

type ProseKind = Exclude<Block["kind"], "tool-call">;

/** Begins the blocks of one choice as a decoder comes upon them. Prose blocks follow one another; calls may interleave. */
export interface BlockOpener {
  /** The index of the open block of prose, if it is of this kind; else of a new one, for which it is ended. */
  enter(kind: ProseKind, events: ChatEvent[]): number;
  /** Ends the open block of prose and begins another, or a call: its end is the caller's. Gives its index. */
  begin(block: Block, events: ChatEvent[]): number;
  /** Ends the block of prose that is open, if any. */
  end(events: ChatEvent[]): void;
  /** Which prose is open. */
  open(): ProseKind | undefined;
}

/** `nextIndex` is shared by the choices of one answer. */
export function blockOpener(choice = 0, nextIndex = blockCount()): BlockOpener {
  let prose: ProseKind | undefined;
  let index = -1;

  function end(events: ChatEvent[]) {
    if (prose !== undefined) events.push({ type: "block-end", index });
    prose = undefined;
  }

  function begin(block: Block, events: ChatEvent[]): number {
    end(events);
    const begun = nextIndex();
    events.push({ type: "block-start", index: begun, choice, block });
    if (block.kind === "tool-call") return begun;
    prose = block.kind;
    index = begun;
    return begun;
  }

  return {
    enter: (kind, events) => (prose === kind ? index : begin({ kind }, events)),
    begin,
    end,
    open: () => prose,
  };
}

/** Blocks count from 0 through all choices of an answer. */
export function blockCount(): () => number {
  let next = 0;
  return () => next++;
}
