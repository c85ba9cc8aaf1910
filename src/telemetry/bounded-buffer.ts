/**
 * First in, first out, bounded by entries and bytes. When it is full the oldest waiting entry goes.
 * Entries taken out still count until they are released, so work in flight is bounded too.
 */
export interface BoundedBuffer<Entry> {
  /** How many entries were lost to make room: usually none. */
  push(entry: Entry, bytes: number): number;
  /** The oldest entries: at most that many, and no more than fit the bytes unless the first alone does not. */
  take(maxEntries: number, maxBytes?: number): Taken<Entry>;
  release(taken: { readonly entries: { readonly length: number }; readonly bytes: number }): void;
  /** Forgets what waits; how many that were. */
  clear(): number;
  /** Entries not yet taken. */
  readonly waiting: number;
  /** Bytes not yet taken. */
  readonly waitingBytes: number;
}

export interface Taken<Entry> {
  readonly entries: readonly Entry[];
  readonly bytes: number;
}

export interface BufferLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Slots already taken are given back once they are this many and the larger part. */
const COMPACT_AT = 1024;

export function boundedBuffer<Entry>(limits: BufferLimits): BoundedBuffer<Entry> {
  let slots: { readonly entry: Entry; readonly bytes: number }[] = [];
  let head = 0;
  let waitingBytes = 0;
  let takenEntries = 0;
  let takenBytes = 0;

  function shift() {
    const slot = slots[head];
    if (!slot) return undefined;
    head += 1;
    waitingBytes -= slot.bytes;
    if (head === slots.length || (head >= COMPACT_AT && head * 2 > slots.length)) {
      slots = slots.slice(head);
      head = 0;
    }
    return slot;
  }

  function full(bytes: number): boolean {
    const entries = slots.length - head + takenEntries;
    return entries >= limits.maxEntries || waitingBytes + takenBytes + bytes > limits.maxBytes;
  }

  return {
    push(entry, bytes) {
      // No eviction makes room for it, so none is made.
      if (takenEntries >= limits.maxEntries || takenBytes + bytes > limits.maxBytes) return 1;
      let lost = 0;
      while (full(bytes)) {
        shift();
        lost += 1;
      }
      slots.push({ entry, bytes });
      waitingBytes += bytes;
      return lost;
    },
    take(maxEntries, maxBytes = Number.POSITIVE_INFINITY) {
      const entries: Entry[] = [];
      let bytes = 0;
      while (entries.length < maxEntries) {
        const next = slots[head];
        if (!next || (entries.length > 0 && bytes + next.bytes > maxBytes)) break;
        shift();
        entries.push(next.entry);
        bytes += next.bytes;
      }
      takenEntries += entries.length;
      takenBytes += bytes;
      return { entries, bytes };
    },
    release(taken) {
      takenEntries -= taken.entries.length;
      takenBytes -= taken.bytes;
    },
    clear() {
      const lost = slots.length - head;
      slots = [];
      head = 0;
      waitingBytes = 0;
      return lost;
    },
    get waiting() {
      return slots.length - head;
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };
}
