/** Numbers of 32 bits in a sketch. */
export const SKETCH_WORDS = 8;
export const SKETCH_BITS = 32 * SKETCH_WORDS;

/**
 * 256 bits of a vector: which way each number points, where there are more, which way sums of some of them do. The part of
 * the bits in which two differ grows with the angle between them (Charikar, "Similarity Estimation Techniques from Rounding Algorithms").
 */
export function writeSketch(vector: Float32Array, into: Int32Array, start: number): void {
  for (let word = 0; word < SKETCH_WORDS; word++) {
    let bits = 0;
    for (let bit = 0; bit < 32; bit++) {
      if (folded(vector, word * 32 + bit) > 0) bits |= 1 << bit;
    }
    into[start + word] = bits;
  }
}

function folded(vector: Float32Array, first: number): number {
  let sum = 0;
  for (let i = first; i < vector.length; i += SKETCH_BITS) {
    // Signs that look random keep numbers that go together from always adding up.
    const isAdded = (Math.imul(i + 1, 0x9e3779b1) & 0x10000) === 0;
    sum += isAdded ? (vector[i] as number) : -(vector[i] as number);
  }
  return sum;
}

/** Writes for each of `count` sketches in how many bits it differs from one; says how often each number came. */
export function countDifferences(
  sketches: Int32Array,
  count: number,
  sketch: Int32Array,
  into: Uint16Array,
): Int32Array {
  const often = new Int32Array(SKETCH_BITS + 1);
  const [q0 = 0, q1 = 0, q2 = 0, q3 = 0, q4 = 0, q5 = 0, q6 = 0, q7 = 0] = sketch;
  for (let i = 0, at = 0; i < count; i++, at += SKETCH_WORDS) {
    const a = (sketches[at] as number) ^ q0;
    const b = (sketches[at + 1] as number) ^ q1;
    const c = (sketches[at + 2] as number) ^ q2;
    const d = (sketches[at + 3] as number) ^ q3;
    const e = (sketches[at + 4] as number) ^ q4;
    const f = (sketches[at + 5] as number) ^ q5;
    const g = (sketches[at + 6] as number) ^ q6;
    const h = (sketches[at + 7] as number) ^ q7;
    // Carry-save adders: eight words become one of ones, one of twos and two of fours, so half as many are counted.
    const ab = a ^ b;
    const de = d ^ e;
    const abc = ab ^ c;
    const def = de ^ f;
    const six = abc ^ def;
    const seven = six ^ g;
    const ones = seven ^ h;
    const twosOfAbc = (a & b) | (ab & c);
    const twosOfDef = (d & e) | (de & f);
    const twosOfSeven = (abc & def) | (six & g);
    const twosOfEight = seven & h;
    const pair = twosOfAbc ^ twosOfDef;
    const triple = pair ^ twosOfSeven;
    const twos = triple ^ twosOfEight;
    const fours = (twosOfAbc & twosOfDef) | (pair & twosOfSeven);
    const moreFours = triple & twosOfEight;
    const differing = bitsSet(ones) + 2 * bitsSet(twos) + 4 * (bitsSet(fours) + bitsSet(moreFours));
    into[i] = differing;
    often[differing] = (often[differing] as number) + 1;
  }
  return often;
}

function bitsSet(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
