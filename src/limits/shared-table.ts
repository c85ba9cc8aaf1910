import {
  BUCKET_SLOTS,
  BUCKETS,
  HEADER_WORDS,
  type SharedWords,
  SLOT_WORDS,
} from "./shared-memory.ts";

/**
 * Counts that several processes have in common. Nobody waits for anybody: a process that dies at any point leaves a
 * table that the others can use. Each count is a counter's in one window, so that none is ever rolled.
 *
 * A slot is what it counts (0 where it is free, negative while somebody is taking it), when nothing of it counts any
 * more, and the count, which carries a mark of what it counts: one that was meant for what the slot held before is
 * not taken for one of what it holds now.
 */
export interface SharedTable {
  /** What was counted; 0 where nothing was. */
  read(id: bigint): number;
  /**
   * Changes a count in one step that nobody comes between. `next` may be asked several times, and leaves all as it
   * is by giving undefined. Whether it was changed.
   */
  change(id: bigint, goneAtMs: number, next: (count: number) => number | undefined): boolean;
  /** A counter's name as a number, other than that of any other as good as always. */
  idOf(name: string): bigint;
  /** Frees what counts no more. For one process alone, beside all that count. */
  sweep(nowMs: number): void;
}

const COUNT_BITS = 53n;
const COUNT_MASK = (1n << COUNT_BITS) - 1n;
/** What tells processes apart that take the same slot at a time; ids have none of these bits. */
const TAKER_BITS = 8n;
const SWEEPING = -1n;
/** What is over for so long is of no use to a process that was stopped meanwhile. */
const GRACE_MS = 10_000n;
/** Counts of this process alone, where a bucket is full. */
const MAX_SPILT = 10_000;

/** `taker` is other than that of every process that lives: 1 to 255. */
export function sharedTable(words: SharedWords, taker: number): SharedTable {
  const seed = Atomics.load(words, 1);
  const spilt = new Map<bigint, number>();

  function firstOf(id: bigint): number {
    const bucket = Number((id >> TAKER_BITS) % BigInt(BUCKETS));
    return HEADER_WORDS + bucket * BUCKET_SLOTS * SLOT_WORDS;
  }

  /** Index of the slot's first word. */
  function found(id: bigint): number | undefined {
    const first = firstOf(id);
    for (let slot = 0; slot < BUCKET_SLOTS; slot += 1) {
      const at = first + slot * SLOT_WORDS;
      if (Atomics.load(words, at) === id) return at;
    }
    return undefined;
  }

  /**
   * The same, taken where there is none; undefined where all are in use. Of several who take one for the same
   * counter at a time, each undoes what the others have begun, and only who is not undone has it.
   */
  function taken(id: bigint): number | undefined {
    const first = firstOf(id);
    const mine = -(id + BigInt(taker));
    const isBegun = (word: bigint) => word < SWEEPING && (-word >> TAKER_BITS) << TAKER_BITS === id;
    for (;;) {
      const known = found(id);
      if (known !== undefined) return known;
      let at = first;
      const end = first + BUCKET_SLOTS * SLOT_WORDS;
      while (at < end && Atomics.load(words, at) !== 0n) at += SLOT_WORDS;
      if (at === end) return undefined;
      if (Atomics.compareExchange(words, at, 0n, mine) !== 0n) continue;
      let earlier: number | undefined;
      for (let other = first; other < end; other += SLOT_WORDS) {
        if (other === at) continue;
        const word = Atomics.load(words, other);
        if (word === id) earlier = other;
        else if (isBegun(word)) Atomics.compareExchange(words, other, word, 0n);
      }
      if (earlier !== undefined) {
        Atomics.compareExchange(words, at, mine, 0n);
        return earlier;
      }
      if (Atomics.compareExchange(words, at, mine, id) === mine) return at;
    }
  }

  return {
    idOf(name) {
      const hash = BigInt.asUintN(62, Bun.hash.xxHash64(name, BigInt.asUintN(64, seed)));
      return ((hash >> TAKER_BITS) + 1n) << TAKER_BITS;
    },
    read(id) {
      const at = found(id);
      if (at === undefined) return spilt.get(id) ?? 0;
      const word = Atomics.load(words, at + 2);
      return word >> COUNT_BITS === markOf(id) ? Number(word & COUNT_MASK) : 0;
    },
    change(id, goneAtMs, next) {
      const mark = markOf(id);
      for (;;) {
        const at = taken(id);
        if (at === undefined) return changeSpilt(id, next);
        const word = Atomics.load(words, at + 2);
        const count = next(word >> COUNT_BITS === mark ? Number(word & COUNT_MASK) : 0);
        if (count === undefined) return false;
        const wanted = (mark << COUNT_BITS) | BigInt(Math.min(count, Number.MAX_SAFE_INTEGER));
        // The count was read of this counter if the slot is still its own.
        if (Atomics.load(words, at) !== id) continue;
        if (Atomics.compareExchange(words, at + 2, word, wanted) !== word) continue;
        const goneAt = BigInt(Math.ceil(goneAtMs));
        if (Atomics.load(words, at + 1) < goneAt) Atomics.store(words, at + 1, goneAt);
        return true;
      }
    },
    sweep(nowMs) {
      const overAt = BigInt(Math.floor(nowMs)) - GRACE_MS;
      const end = HEADER_WORDS + BUCKETS * BUCKET_SLOTS * SLOT_WORDS;
      for (let at = HEADER_WORDS; at < end; at += SLOT_WORDS) {
        const id = Atomics.load(words, at);
        if (id <= 0n) continue;
        const goneAt = Atomics.load(words, at + 1);
        // Taken a moment ago, or by a process that died then: it has until the next round but one.
        if (goneAt === 0n) Atomics.compareExchange(words, at + 1, 0n, overAt + 2n * GRACE_MS);
        if (goneAt === 0n || goneAt > overAt) continue;
        if (Atomics.compareExchange(words, at, id, SWEEPING) !== id) continue;
        Atomics.store(words, at + 2, 0n);
        Atomics.store(words, at + 1, 0n);
        Atomics.store(words, at, 0n);
      }
    },
  };

  function changeSpilt(id: bigint, next: (count: number) => number | undefined): boolean {
    const count = next(spilt.get(id) ?? 0);
    if (count === undefined) return false;
    if (spilt.size >= MAX_SPILT) spilt.clear();
    spilt.set(id, count);
    return true;
  }
}

/** Never 0, which is how a word begins. */
function markOf(id: bigint): bigint {
  return 1n + ((id >> TAKER_BITS) % 1_023n);
}
