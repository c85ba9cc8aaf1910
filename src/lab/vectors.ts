import type { Asked, Reply } from "./dialect.ts";
import { type HeaderLine, utf8 } from "./http/request.ts";
import { PLAIN } from "./question.ts";
import { randomness } from "./randomness.ts";
import { countTokens } from "./text.ts";

/**
 * The vector of a text, of length 1: the sum of its words' own, which are drawn from the seed. Texts
 * that share words are near each other.
 */
export function vectorOf(text: string, dimensions: number, seed: number): readonly number[] {
  const sum = new Float64Array(dimensions);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text];
  for (const word of words) {
    const random = randomness(seed, `vector ${word}`);
    for (let at = 0; at < dimensions; at += 1) sum[at] = (sum[at] ?? 0) + random.fraction() - 0.5;
  }
  const length = Math.hypot(...sum) || 1;
  // As many digits as a float32 has.
  return Array.from(sum, (value) => Math.fround(value / length)).map((value) =>
    Number(value.toPrecision(8)),
  );
}

export function tokensOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + countTokens(text), 0);
}

/** A request for vectors, and how this vendor would write them. */
export interface VectorsAsked {
  readonly model: string;
  readonly texts: readonly string[];
  readonly headers: readonly HeaderLine[];
  /** With no texts, the answer of a vendor that had nothing to say. */
  whole(texts: readonly string[]): string;
  error(status: number): Reply;
  tooLong(): Reply;
}

/** The same as the lab's faults know requests: there is nothing to stream. */
export function askedForVectors({
  model,
  texts,
  headers,
  whole,
  error,
  tooLong,
}: VectorsAsked): Asked {
  const text = (isSomething: boolean) => whole(isSomething ? texts : []);
  return {
    type: "asked",
    model,
    stream: false,
    choices: 1,
    question: PLAIN,
    headers,
    streamHeaders: headers,
    whole: (scripts) => text(scripts.length > 0),
    frames: (scripts) => [{ part: "other", bytes: utf8(text(scripts.length > 0)) }],
    error,
    tooLong,
    errorFrames: (status) => [{ part: "error", bytes: utf8(error(status).body) }],
    keepAlive: utf8(" "),
  };
}
