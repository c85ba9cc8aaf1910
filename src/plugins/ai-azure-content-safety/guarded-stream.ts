import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { Flow, Write } from "../../framing/flow.ts";

export interface StreamGuard {
  /** Gives why a text may not pass. Throws a `GatewayError` where it cannot be looked at. */
  judge(text: string): Promise<GatewayError | undefined>;
  /** So many bytes of text are looked at together. */
  readonly bufferBytes: number;
  /** The stream ends for this reason; gives what was used, where somebody knows. */
  cut(refusal: GatewayError): ChatEvent | undefined;
  /** The stream ends with this error. */
  failed(error: GatewayError): void;
}

/** Of what has no text, such as calls of tools, no more is held back with a text that waits for its look: characters. */
const MAX_HELD = 64 * 1024;

/** What of a text is looked at once more with what follows it: in UTF-16 units. */
const OVERLAP = 500;

type Events = readonly ChatEvent[];

/**
 * A model's stream in which no word is handed over before it was looked at, with the end of what came
 * before it. While that takes, the vendor waits. A word that may not pass ends the stream: what is open is
 * closed, each choice finishes with `content_filter`, and the vendor is told to stop.
 */
export function guardedStream(batches: Flow<Events>, guard: StreamGuard): Flow<Events> {
  let isOver = false;
  const stop = () => {
    isOver = true;
    batches.cancel();
  };
  return {
    async pump(write) {
      const held = heldBack(write);
      const ended = Promise.withResolvers<void>();

      async function inspect(): Promise<void> {
        const verdict = await verdictOn(held.text(), guard);
        if (isOver) return;
        if (verdict.type === "passes") return held.release();
        stop();
        const { error } = verdict;
        if (verdict.type === "refused") return held.cut(guard.cut(error));
        if (error.code === "client_aborted") return;
        guard.failed(error);
        await write([{ type: "error", error }]);
      }

      async function inspectAndGoOn(): Promise<void> {
        try {
          await inspect();
          if (isOver) ended.resolve();
        } catch (cause) {
          stop();
          ended.reject(cause);
        }
      }

      const handedOver = batches.pump((events) => {
        if (isOver) return undefined;
        held.add(events);
        if (held.textBytes() === 0) return held.release();
        const isEnough = held.textBytes() >= guard.bufferBytes || held.otherLength() >= MAX_HELD;
        return isEnough ? inspectAndGoOn() : undefined;
      });
      handedOver.then(ended.resolve, ended.reject);
      await ended.promise;
      if (!isOver) await inspect();
    },
    cancel: stop,
  };
}

type Verdict =
  | { readonly type: "passes" }
  | { readonly type: "refused" | "failed"; readonly error: GatewayError };

async function verdictOn(text: string, guard: StreamGuard): Promise<Verdict> {
  try {
    const error = text === "" ? undefined : await guard.judge(text);
    return error ? { type: "refused", error } : { type: "passes" };
  } catch (error) {
    if (error instanceof GatewayError) return { type: "failed", error };
    throw error;
  }
}

/** What an event without text counts for. */
const EVENT_LENGTH = 100;

/** Events that nobody has looked at yet, and what was handed over before them. */
function heldBack(write: Write<Events>) {
  let events: ChatEvent[] = [];
  let bytes = 0;
  let others = 0;
  /** By block: what was said since the last look, and the end of what was said before. */
  const fresh = new Map<number, string>();
  const before = new Map<number, string>();
  const told = handedOver();

  function handOver(passing: Events): Promise<void> | undefined {
    if (passing.length === 0) return undefined;
    told.saw(passing);
    return write(passing);
  }

  return {
    add(more: Events): void {
      for (const event of more) {
        events.push(event);
        const text = textOf(event);
        if (text === undefined) {
          others += event.type === "tool-call-delta" ? event.arguments.length : EVENT_LENGTH;
          continue;
        }
        fresh.set(text.index, (fresh.get(text.index) ?? "") + text.text);
        bytes += Buffer.byteLength(text.text);
      }
    },
    textBytes: () => bytes,
    otherLength: () => others,
    text: () => [...fresh].map(([index, text]) => (before.get(index) ?? "") + text).join("; "),
    release(): Promise<void> | undefined {
      for (const [index, text] of fresh) {
        before.set(index, ((before.get(index) ?? "") + text).slice(-OVERLAP));
      }
      const passing = events;
      fresh.clear();
      bytes = 0;
      others = 0;
      events = [];
      return handOver(passing);
    },
    /** Ends what was handed over, in place of all that was held back. */
    cut(usage: ChatEvent | undefined): Promise<void> | undefined {
      const ending = told.ending(events);
      return handOver(usage ? [...ending, usage] : ending);
    },
  };
}

/** What the client sees: the answer's own words, and what a model thinks aloud. */
function textOf(event: ChatEvent): { readonly index: number; readonly text: string } | undefined {
  switch (event.type) {
    case "text-delta":
      return event.text === "" ? undefined : event;
    case "reasoning-delta":
      return event.text ? { index: event.index, text: event.text } : undefined;
    case "message-start":
    case "block-start":
    case "annotation":
    case "tool-call-delta":
    case "block-end":
    case "usage":
    case "finish":
    case "error":
      return undefined;
  }
}

/** Keeps what an ending must close. */
function handedOver() {
  let hasStarted = false;
  const open = new Map<number, number>();
  const unfinished = new Set([0]);
  const saw = (events: Events) => {
    for (const event of events) {
      if (event.type === "message-start") hasStarted = true;
      else if (event.type === "block-end") open.delete(event.index);
      else if (event.type === "finish") unfinished.delete(event.choice);
      else if (event.type === "block-start") {
        open.set(event.index, event.choice);
        unfinished.add(event.choice);
      }
    }
  };
  return {
    saw,
    ending(held: Events): readonly ChatEvent[] {
      const start = hasStarted ? [] : held.filter(({ type }) => type === "message-start");
      const ends = [...open.keys()].map((index) => ({ type: "block-end", index }) as const);
      for (const event of held) if (event.type === "block-start") unfinished.add(event.choice);
      const finishes = [...unfinished].map(
        (choice) => ({ type: "finish", choice, reason: "content_filter" }) as const,
      );
      return [...start, ...ends, ...finishes];
    },
  };
}
