/** A repeatable source of numbers: equal keys give equal sequences. */
export interface Randomness {
  /** In [0, 1). */
  fraction(): number;
  /** In [from, to], both included. */
  integer(from: number, to: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Letters and digits, as vendors' ids are made of. */
  token(length: number): string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function randomness(seed: number, key: string): Randomness {
  const fraction = mulberry32(fnv1a(`${seed}\n${key}`));
  const integer = (from: number, to: number) => from + Math.floor(fraction() * (to - from + 1));
  return {
    fraction,
    integer,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
    token(length) {
      let token = "";
      while (token.length < length) token += ALPHABET[integer(0, ALPHABET.length - 1)];
      return token;
    },
  };
}

/** http://www.isthe.com/chongo/tech/comp/fnv/ (32 bits, over UTF-16 code units). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** Tommy Ettinger's public-domain generator: 32 bits of state, good enough for text. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
