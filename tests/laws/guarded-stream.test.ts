import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { expand } from "../../src/chat/expand.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import type { Flow } from "../../src/framing/flow.ts";
import { guardedStream } from "../../src/plugins/ai-azure-content-safety/guarded-stream.ts";
import { chatResponse, freeContent } from "./arbitraries.ts";

type Events = readonly ChatEvent[];

/** An answer as events in batches of any sizes, and how much of it is looked at together. */
const streams = fc.record({
  events: chatResponse(freeContent).map((response) => expand(response)),
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
  bufferBytes: fc.integer({ min: 0, max: 40 }),
});

function batched(events: Events, sizes: readonly number[]): readonly Events[] {
  const batches: Events[] = [];
  for (let at = 0, turn = 0; at < events.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(events.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** A vendor's stream; it takes notice of who wants no more. */
function vendor(batches: readonly Events[]) {
  const state = { isCancelled: false };
  const flow: Flow<Events> = {
    async pump(write) {
      for (const batch of batches) {
        if (state.isCancelled) return;
        await write(batch);
      }
    },
    cancel() {
      state.isCancelled = true;
    },
  };
  return { flow, state };
}

function textIn(event: ChatEvent): string {
  return event.type === "text-delta" || event.type === "reasoning-delta" ? (event.text ?? "") : "";
}

async function guarded(
  { events, sizes, bufferBytes }: { events: Events; sizes: readonly number[]; bufferBytes: number },
  judge: (text: string) => GatewayError | undefined,
) {
  const { flow, state } = vendor(batched(events, sizes));
  const passed: string[] = [];
  const unseen: string[] = [];
  const out: ChatEvent[] = [];
  const failures: GatewayError[] = [];
  const stream = guardedStream(flow, {
    bufferBytes,
    async judge(text) {
      await undefined;
      const refusal = judge(text);
      if (!refusal) passed.push(text);
      return refusal;
    },
    cut: () => undefined,
    failed: (error) => failures.push(error),
  });
  await stream.pump((batch) => {
    for (const event of batch) {
      const text = textIn(event);
      if (!passed.some((one) => one.includes(text))) if (text !== "") unseen.push(text);
      out.push(event);
    }
    return undefined;
  });
  return { out, unseen, failures, isCancelled: state.isCancelled };
}

const REFUSAL = new GatewayError("invalid_request", "no");

describe("a guarded stream", () => {
  test("is the stream, where all of it may pass", () =>
    fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        const { out, unseen, isCancelled } = await guarded(stream, () => undefined);
        expect(out).toEqual([...stream.events]);
        expect({ unseen, isCancelled }).toEqual({ unseen: [], isCancelled: false });
      }),
    ));

  test("hands nothing over unseen, obeys the grammar and stops the vendor, whatever is refused", () =>
    fc.assert(
      fc.asyncProperty(streams, fc.nat(), async (stream, at) => {
        const texts = stream.events.map(textIn).filter((text) => text !== "");
        const word = texts[at % Math.max(texts.length, 1)] ?? "-";
        const judge = (text: string) => (text.includes(word) ? REFUSAL : undefined);
        const { out, unseen, isCancelled } = await guarded(stream, judge);
        expect(unseen).toEqual([]);
        expect(grammarViolation(out)).toBeUndefined();
        expect(isCancelled).toBe(texts.length > 0);
        if (texts.length === 0) return;
        expect(out.some((event) => textIn(event).includes(word))).toBe(false);
        const last = out.findLast(({ type }) => type === "finish");
        expect(last).toMatchObject({ reason: "content_filter" });
      }),
    ));

  test("ends with an error where it cannot be looked at", () =>
    fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        const failure = new GatewayError("upstream_error", "down");
        const { out, failures, isCancelled } = await guarded(stream, () => {
          throw failure;
        });
        expect(grammarViolation(out)).toBeUndefined();
        expect(out.map(textIn).join("")).toBe("");
        const hasText = stream.events.some((event) => textIn(event) !== "");
        expect(failures).toEqual(hasText ? [failure] : []);
        expect(isCancelled).toBe(hasText);
        if (hasText) expect(out.at(-1)).toEqual({ type: "error", error: failure });
      }),
    ));

  test("holds little of a call of a tool that goes on while a word waits for its look", async () => {
    const part = "a".repeat(1024);
    let [given, passed] = [0, 0];
    let most = 0;
    const { flow } = vendor([
      [
        { type: "message-start", id: "a", model: "m" },
        { type: "block-start", index: 0, choice: 0, block: { kind: "text" } },
        { type: "text-delta", index: 0, text: "a" },
        {
          type: "block-start",
          index: 1,
          choice: 0,
          block: { kind: "tool-call", id: "c", name: "f" },
        },
      ],
      ...Array.from({ length: 1024 }, (): Events => {
        return [{ type: "tool-call-delta", index: 1, arguments: part }];
      }),
    ]);
    const counted: Flow<Events> = {
      cancel: flow.cancel,
      pump: (write) =>
        flow.pump((batch) => {
          given += batch.length;
          most = Math.max(most, given - passed);
          return write(batch);
        }),
    };
    const stream = guardedStream(counted, {
      bufferBytes: 100,
      judge: async () => undefined,
      cut: () => undefined,
      failed: () => undefined,
    });
    await stream.pump((batch) => {
      passed += batch.length;
      return undefined;
    });
    expect(passed).toBe(given);
    expect(most).toBeLessThan(100);
  });

  test("stops the vendor and hands nothing over once its reader has left", async () => {
    const { flow, state } = vendor([
      [
        { type: "message-start", id: "a", model: "m" },
        { type: "block-start", index: 0, choice: 0, block: { kind: "text" } },
      ],
      [{ type: "text-delta", index: 0, text: "a word" }],
    ]);
    const out: ChatEvent[] = [];
    const stream = guardedStream(flow, {
      bufferBytes: 1,
      async judge() {
        stream.cancel();
        return undefined;
      },
      cut: () => undefined,
      failed: () => undefined,
    });
    await stream.pump((batch) => {
      out.push(...batch);
      return undefined;
    });
    expect(state.isCancelled).toBe(true);
    expect(out.map(({ type }) => type)).toEqual(["message-start", "block-start"]);
  });
});
