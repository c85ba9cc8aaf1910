import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { collect } from "../../src/chat/collect.ts";
import { expand } from "../../src/chat/expand.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import { openaiResponses } from "../../src/formats/openai/responses/format.ts";
import {
  responseSchema,
  responseStreamEventSchema,
} from "../../src/formats/openai/responses/wire-schema.ts";
import { chatResponse, flatContent } from "./arbitraries.ts";
import {
  bytesOf,
  CONTEXT,
  decodeStream,
  encodeStream,
  expectSplitLaw,
  framed,
  run,
  streamDecoder,
  textOf,
  throughJson,
} from "./format-laws.ts";

const answers = chatResponse(flatContent);

interface StreamEvent extends JsonObject {
  readonly type: string;
}

const streamOf = (answer: ChatResponse) =>
  textOf(encodeStream(openaiResponses, expand(answer)))
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event): StreamEvent => JSON.parse(event.slice(event.indexOf("data: ") + 6)));

describe("a stream of Responses", () => {
  test("ends with the whole answer", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const last = streamOf(answer).at(-1);
        const whole = throughJson(openaiResponses.encodeResponse(answer, CONTEXT));
        expect(last?.response).toEqual(whole);
        expect(responseSchema.safeParse(whole).error?.issues ?? []).toEqual([]);
      }),
    );
  });

  test("numbers its events without a gap, and its items keep their ids", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const events = streamOf(answer);
        expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
        const ids = new Map<unknown, unknown>();
        for (const event of events) {
          expect(responseStreamEventSchema.safeParse(event).error?.issues ?? []).toEqual([]);
          const id = (event.item as JsonObject | undefined)?.id ?? event.item_id;
          if (id === undefined) continue;
          expect(ids.get(event.output_index) ?? id).toBe(id as never);
          ids.set(event.output_index, id);
        }
      }),
    );
  });

  test("reads as what it was written from, however it is cut", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const bytes = encodeStream(openaiResponses, expand(answer));
        const decoded = decodeStream(openaiResponses, bytes);
        expect(grammarViolation(decoded)).toBeUndefined();
        const wire = openaiResponses.encodeResponse(answer, CONTEXT);
        const whole = openaiResponses.decodeResponse(throughJson(wire));
        expect(collect(decoded)).toEqual(collect(expand(whole)));
      }),
    );
    fc.assert(
      fc.property(answers, (answer) => {
        const bytes = encodeStream(openaiResponses, expand(answer));
        expectSplitLaw(() => streamDecoder(openaiResponses), bytes);
      }),
      { numRuns: 4 },
    );
  });

  test("that is damaged, shortened or garbage never throws and stays lawful", () => {
    fc.assert(
      fc.property(answers, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (answer, at, byte, cut) => {
        const bytes = encodeStream(openaiResponses, expand(answer));
        bytes[at % bytes.length] = byte;
        const part = bytes.subarray(0, cut % (bytes.length + 1));
        expect(grammarViolation(run(streamDecoder(openaiResponses), part))).toBeUndefined();
      }),
    );
    const frame = fc
      .tuple(
        fc.constantFrom("output_item.added", "output_item.done", "output_text.delta", "completed"),
        fc.constantFrom("item", "delta", "response", "output_index", "part"),
        fc.jsonValue(),
      )
      .map(([type, member, value]) => ({ type: `response.${type}`, [member]: value }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const events = decodeStream(openaiResponses, framed(openaiResponses, frames));
        expect(grammarViolation(events)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeStream(openaiResponses, bytes).at(-1)?.type).toBe("error");
      }),
    );
  });
});

test("a request of any JSON is read or refused with invalid_request", () => {
  const members = ["input", "instructions", "tools", "tool_choice", "text", "reasoning", "stream"];
  fc.assert(
    fc.property(fc.constantFrom(...members), fc.jsonValue(), (key, value) => {
      try {
        openaiResponses.decodeRequest(throughJson({ input: "a", [key]: value }) as JsonObject);
      } catch (error) {
        expect(error).toMatchObject({ code: "invalid_request" });
      }
    }),
  );
});

test("what a vendor wants back unchanged comes back in the items of its answer", () => {
  const answer: ChatResponse = {
    id: "",
    model: "m",
    choices: [
      {
        content: [
          { type: "reasoning", text: "Hmm.", signature: "c2ln", signer: "anthropic-claude-v1" },
          { type: "reasoning", text: "", redacted: "aGlkZGVu" },
          { type: "text", text: "Well.", signature: "dGV4dA==" },
          { type: "tool-call", id: "c1", name: "f", arguments: "{}", signature: "Y2FsbA==" },
        ],
        finishReason: "tool_calls",
      },
    ],
  };
  const { output } = throughJson(openaiResponses.encodeResponse(answer, CONTEXT));
  const { messages } = openaiResponses.decodeRequest({ input: output ?? null });
  expect(messages).toEqual([{ role: "assistant", content: answer.choices[0]?.content ?? [] }]);
});

test("bytes that are one answer are read where a stream was asked for", () => {
  const answer: ChatResponse = {
    id: "resp_1",
    model: "m",
    created: 1,
    choices: [{ content: [{ type: "text", text: "a" }], finishReason: "stop" }],
  };
  const bytes = bytesOf(JSON.stringify(openaiResponses.encodeResponse(answer, CONTEXT)));
  expect(collect(decodeStream(openaiResponses, bytes, "application/json"))).toEqual(answer);
});
