/** Bytes as they arrive, taken in the amounts a parser asks for. Every wait ends when the source ends. */
export interface ByteReader {
  push(bytes: Uint8Array): void;
  end(): void;
  /** Everything before `mark` (the mark is taken too), or undefined when the source ended first. */
  until(mark: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Exactly `count` bytes, or undefined when the source ended first. */
  exactly(count: number): Promise<Uint8Array | undefined>;
}

export class TooLong extends Error {}

export function byteReader(): ByteReader {
  let queue: Buffer[] = [];
  let length = 0;
  let ended = false;
  let wake: (() => void) | undefined;

  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  function joined(): Buffer {
    const all = queue.length === 1 && queue[0] ? queue[0] : Buffer.concat(queue);
    queue = [all];
    return all;
  }

  function take(count: number): Buffer {
    const all = joined();
    queue = count < all.length ? [all.subarray(count)] : [];
    length -= count;
    return all.subarray(0, count);
  }

  function notify() {
    wake?.();
    wake = undefined;
  }

  return {
    push(bytes) {
      queue.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      length += bytes.length;
      notify();
    },
    end() {
      ended = true;
      notify();
    },
    async until(mark, maxBytes) {
      for (;;) {
        const at = length === 0 ? -1 : joined().indexOf(mark);
        if (at >= 0) {
          const found = take(at);
          take(mark.length);
          return found;
        }
        if (length > maxBytes) throw new TooLong(`no ${JSON.stringify(mark)} in ${maxBytes} bytes`);
        if (ended) return undefined;
        await more();
      }
    },
    async exactly(count) {
      while (length < count) {
        if (ended) return undefined;
        await more();
      }
      return count === 0 ? new Uint8Array() : take(count);
    },
  };
}
