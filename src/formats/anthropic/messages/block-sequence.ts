import type { Block } from "../../../chat/event.ts";
import {
  type BlockCount,
  type BlockEncoder,
  blockEncoder,
  type DeltaEvent,
  type ShownBlock,
} from "./block-encoder.ts";

/**
 * Blocks stand one after another on this wire, whole: what comes of a later block waits until the
 * one before has ended. A refusal is no block here.
 */
export interface BlockSequence {
  start(index: number, block: Block, out: string[]): void;
  /** Whether the event belongs to a block. */
  delta(event: DeltaEvent, out: string[]): boolean;
  end(index: number, out: string[]): void;
}

interface Waiting {
  readonly block: ShownBlock;
  readonly deltas: DeltaEvent[];
  ended: boolean;
}

export function blockSequence(): BlockSequence {
  const count: BlockCount = { next: 0 };
  const waiting = new Map<number, Waiting>();
  const skipped = new Set<number>();
  let currentIndex = -1;
  let current: BlockEncoder | undefined;

  /** Lets the next blocks have their turn, until one is still being said. */
  function advance(out: string[]) {
    for (const [index, { block, deltas, ended }] of waiting) {
      waiting.delete(index);
      const encoder = blockEncoder(block, count, out);
      for (const event of deltas) encoder.delta(event, out);
      if (!ended) {
        current = encoder;
        currentIndex = index;
        return;
      }
      encoder.end(out);
    }
  }

  return {
    start(index, block, out) {
      if (block.kind === "refusal") {
        skipped.add(index);
        return;
      }
      waiting.set(index, { block, deltas: [], ended: false });
      if (!current) advance(out);
    },
    delta(event, out) {
      if (current && event.index === currentIndex) current.delta(event, out);
      else waiting.get(event.index)?.deltas.push(event);
      return !skipped.has(event.index);
    },
    end(index, out) {
      const later = waiting.get(index);
      if (later) later.ended = true;
      if (!current || index !== currentIndex) return;
      current.end(out);
      current = undefined;
      advance(out);
    },
  };
}
