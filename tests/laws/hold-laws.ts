import { expect, test } from "bun:test";
import fc from "fast-check";
import { collect } from "../../src/chat/collect.ts";
import { expand } from "../../src/chat/expand.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import {
  bytesOf,
  CONTEXT,
  decodeStream,
  encodeStream,
  expectSplitLaw,
  framed,
  isLines,
  run,
  streamDecoder,
  throughJson,
  throughStream,
} from "./format-laws.ts";
import { holdWords } from "./hold-words.ts";

/** The requests that a format's laws are held with: all that its wire can say, and nothing more. */
interface RequestMatter {
  readonly requests: fc.Arbitrary<ChatRequest>;
  /** What the wire's reader makes of a request (a model that only the address names). */
  readonly inRequest?: (chat: ChatRequest) => ChatRequest;
  /** Members of a request that are tried with any JSON. */
  readonly members: readonly string[];
  /** The JSON that they are tried with. */
  readonly values?: fc.Arbitrary<unknown>;
}

/** The answers of which the same is true. */
interface AnswerMatter {
  readonly answers: fc.Arbitrary<ChatResponse>;
  /** What a whole answer tells beyond the answer. */
  readonly inWhole?: (answer: ChatResponse) => ChatResponse;
  /** What the stream's wire can say of an answer (an id told at its end is lost). */
  readonly inStream?: (answer: ChatResponse) => ChatResponse;
  /** Any frames of the stream, lawful or not: the objects they hold, or the bytes of binary ones. */
  readonly frames: fc.Arbitrary<unknown>;
}

export type LawMatter = RequestMatter & AnswerMatter;

const same = <T>(value: T): T => value;

/** Registers the laws that every wire format holds. */
export function holdLaws(format: WireFormat, matter: LawMatter): void {
  holdRequestLaws(format, matter);
  holdAnswerLaws(format, matter);
}

function holdRequestLaws(format: WireFormat, matter: RequestMatter): void {
  const { requests, members, values = fc.jsonValue(), inRequest = same } = matter;

  test(`${format.name}: decoding an encoded request gives the request`, () => {
    fc.assert(
      fc.property(requests, (chat) => {
        const { wire, notices } = format.encodeRequest(chat);
        expect(notices).toEqual([]);
        expect(format.decodeRequest(throughJson(wire))).toEqual(inRequest(chat));
      }),
    );
  });

  test(`${format.name}: a request of any JSON is read or refused with invalid_request`, () => {
    const least = { messages: [], contents: [], prompt: "", max_tokens: 1 };
    fc.assert(
      fc.property(fc.constantFrom(...members), values, (key, value) => {
        try {
          format.decodeRequest(throughJson({ ...least, [key]: value }));
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid_request" });
        }
      }),
    );
  });
}

export function holdAnswerLaws(format: WireFormat, matter: AnswerMatter): void {
  holdWholeness(format, matter);
  holdDamage(format, matter);
  holdWords(format);
}

function holdWholeness(format: WireFormat, matter: AnswerMatter): void {
  const { answers, inWhole = same, inStream = same } = matter;

  test(`${format.name}: decoding an encoded answer gives the answer, also where a stream was asked`, () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const wire = format.encodeResponse(answer, CONTEXT);
        expect(format.decodeResponse(throughJson(wire))).toEqual(inWhole(answer));
        const events = decodeStream(format, bytesOf(JSON.stringify(wire)), "application/json");
        expect(grammarViolation(events)).toBeUndefined();
        expect(collect(events)).toEqual(collect(expand(inWhole(answer))));
      }),
    );
  });

  test(`${format.name}: a stream is the same answer, lawfully`, () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const events = expand(answer);
        expect(throughStream(format, events)).toEqual(inStream(answer));
        const decoded = decodeStream(format, encodeStream(format, events));
        expect(grammarViolation(decoded)).toBeUndefined();
      }),
    );
  });

  test(`${format.name}: a stream cut at every byte offset gives the same events`, () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expectSplitLaw(() => streamDecoder(format), encodeStream(format, expand(answer)));
      }),
      { numRuns: 4 },
    );
  });
}

function holdDamage(format: WireFormat, matter: AnswerMatter): void {
  const { answers, frames } = matter;

  test(`${format.name}: a damaged or shortened stream never throws and stays lawful`, () => {
    fc.assert(
      fc.property(answers, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (answer, at, byte, cut) => {
        const bytes = encodeStream(format, expand(answer));
        bytes[at % bytes.length] = byte;
        const part = bytes.subarray(0, cut % (bytes.length + 1));
        expect(grammarViolation(run(streamDecoder(format), part))).toBeUndefined();
      }),
    );
  });

  test(`${format.name}: frames with members of any type never throw and stay lawful`, () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 8 }), (wires) => {
        expect(grammarViolation(decodeStream(format, framed(format, wires)))).toBeUndefined();
      }),
    );
  });

  test(`${format.name}: garbage never throws and ends in an error, lawfully`, () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.jsonValue(), { maxLength: 5 }).map((wires) => framed(format, wires)),
    );
    fc.assert(
      fc.property(garbage, fc.boolean(), (bytes, isWhole) => {
        const events = decodeStream(format, bytes, isWhole ? "application/json" : undefined);
        expect(grammarViolation(events)).toBeUndefined();
        expect(events.at(-1)?.type).toBe("error");
      }),
    );
  });

  if (!isLines(format)) return;
  test(`${format.name}: a stream that breaks off ends in an error`, () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const bytes = encodeStream(format, expand(answer));
        const last = bytes.lastIndexOf(0x0a, bytes.length - 2);
        const events = run(streamDecoder(format), bytes.subarray(0, last + 3));
        expect(events.at(-1)).toMatchObject({
          type: "error",
          error: { code: "upstream_truncated" },
        });
      }),
    );
  });
}
