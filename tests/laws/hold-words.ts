import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "../../src/chat/event.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { bytesOf as pieceBytes } from "../../src/framing/stage.ts";
import { bytesOf, CONTEXT, concat, isLines, run, streamDecoder, textOf } from "./format-laws.ts";

/** A piece of a stream as its vendor writes it, and the word that it says. */
export interface Said {
  readonly bytes: Uint8Array;
  readonly word?: string;
  /** No vendor's writing. */
  readonly isGarbage?: true;
}

const WORDS = Array.from({ length: 6 }, (_, i) => `word${i}x`);

/** An answer of a few words, as a stream of the format's. */
export function spoken(format: WireFormat): Said[] {
  const encoder = format.streamEncoder(CONTEXT);
  const pieces = (event: ChatEvent, word?: string): Said[] =>
    encoder.push(event).map((piece) => ({ bytes: pieceBytes(piece), ...(word && { word }) }));
  return [
    ...pieces({ type: "message-start", id: "a", model: "m" }),
    ...pieces({ type: "block-start", index: 0, choice: 0, block: { kind: "text" } }),
    ...WORDS.flatMap((word) => pieces({ type: "text-delta", index: 0, text: `${word} ` }, word)),
    ...pieces({ type: "block-end", index: 0 }),
    ...pieces({ type: "finish", choice: 0, reason: "stop" }),
    ...pieces({ type: "usage", usage: { promptTokens: 1, completionTokens: 6, totalTokens: 7 } }),
    ...encoder.end().map((piece) => ({ bytes: pieceBytes(piece) })),
  ];
}

const GARBAGE = "Internal Server Error";

/** What goes wrong with a stream; `at` and `to` are places in it. */
export const damages = fc.array(
  fc.record({
    kind: fc.constantFrom("dropped", "doubled", "moved", "garbage"),
    at: fc.nat({ max: 30 }),
    to: fc.nat({ max: 30 }),
  }),
  { maxLength: 3 },
);

export type Damage = typeof damages extends fc.Arbitrary<infer List> ? List : never;

export function damaged(said: readonly Said[], damage: Damage, isLine: boolean): Said[] {
  const pieces = [...said];
  for (const { kind, at, to } of damage) {
    const from = at % pieces.length;
    const [piece] = pieces.slice(from, from + 1);
    if (!piece || pieces.length < 2) continue;
    const place = to % pieces.length;
    const garbage: Said = {
      bytes: bytesOf(isLine ? `${GARBAGE}\n` : `data: ${GARBAGE}\n\n`),
      isGarbage: true,
    };
    if (kind === "dropped") pieces.splice(from, 1);
    else if (kind === "doubled") pieces.splice(place, 0, piece);
    else if (kind === "garbage") pieces.splice(place, 0, garbage);
    else pieces.splice(place, 0, ...pieces.splice(from, 1));
  }
  return pieces;
}

/** Up to the vendor's terminator, behind which nobody reads. */
export function untilTerminator(pieces: readonly Said[]): readonly Said[] {
  const last = pieces.findIndex(({ bytes }) => /\[DONE\]|"message_stop"/.test(textOf(bytes)));
  return last < 0 ? pieces : pieces.slice(0, last);
}

/** Registers the law that nothing of an answer is dropped in silence. */
export function holdWords(format: WireFormat): void {
  test(`${format.name}: what a vendor says is said on, wherever in the stream it stands, or the stream fails`, () => {
    const isLine = isLines(format);
    fc.assert(
      fc.property(damages, fc.nat(), (damage, cut) => {
        const pieces = damaged(spoken(format), damage, isLine);
        const bytes = concat(pieces.map((piece) => piece.bytes));
        const events = run(streamDecoder(format), bytes, [cut % (bytes.length + 1)]);
        expect(grammarViolation(events)).toBeUndefined();
        const counted = untilTerminator(pieces);
        if (counted.some(({ isGarbage }) => isGarbage)) expect(events.at(-1)?.type).toBe("error");
        if (events.at(-1)?.type === "error") return;
        const words = counted.flatMap(({ word }) => word ?? []);
        const text = events
          .map((event) => (event.type === "text-delta" ? event.text : ""))
          .join("");
        for (const word of words) expect(text).toContain(word);
      }),
      { numRuns: 200 },
    );
  });
}
