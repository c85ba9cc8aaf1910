import type { Randomness } from "./randomness.ts";

/** The lab's tokenizer: a token is a run of characters without white space. */
export function countTokens(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** The first `count` tokens with the white space before each; `cut` says whether any was lost. */
export function firstTokens(text: string, count: number): { text: string; cut: boolean } {
  if (count <= 0) return { text: "", cut: countTokens(text) > 0 };
  let seen = 0;
  for (const word of text.matchAll(/\S+/g)) {
    if (seen === count) return { text: text.slice(0, end(text, word.index)), cut: true };
    seen += 1;
  }
  return { text, cut: false };
}

function end(text: string, nextWord: number): number {
  return text.slice(0, nextWord).trimEnd().length;
}

/** The text before the earliest stop sequence. */
export function beforeStop(text: string, stops: readonly string[]): string {
  const found = stops.filter((stop) => stop !== "").map((stop) => text.indexOf(stop));
  const at = Math.min(...found.filter((index) => index >= 0));
  return Number.isFinite(at) ? text.slice(0, at) : text;
}

/** Pieces of 3 to 8 characters (code points, so no piece ends inside one), as a model would stream. */
export function intoPieces(text: string, random: Randomness): readonly string[] {
  const characters = [...text];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; ) {
    const size = random.integer(3, 8);
    pieces.push(characters.slice(at, at + size).join(""));
    at += size;
  }
  return pieces;
}
