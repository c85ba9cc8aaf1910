import type { Frame } from "../dialect.ts";
import { utf8 } from "../http/request.ts";
import type { Step } from "../http/server.ts";
import type { Fault, FaultContext, Plan } from "../plan.ts";
import { untilDelta } from "./errors.ts";

/** Long enough that what was sent is read before a reset discards it. */
const BEFORE_RESET: Step = { do: "wait", ms: 5 };
const RESET: readonly Step[] = [BEFORE_RESET, { do: "reset" }];
const CLOSE: readonly Step[] = [{ do: "close" }];
/** Half a megabyte of answers that are none. */
const INTERIM_FLOOD = utf8("HTTP/1.1 102 Processing\r\n\r\n".repeat(20_000));
const STALL: readonly Step[] = [{ do: "stall" }];

/** The answer ends, or stops, where it should not. */
export const cutFaults = {
  "truncated-json": (plan, context) => ({
    ...halved(plan, context),
    after: CLOSE,
    ended: false,
  }),
  "reset-before-headers": (plan) => ({ ...plan, before: RESET }),
  "reset-mid-headers": (plan) => ({
    ...plan,
    before: [{ do: "send", bytes: utf8("HTTP/1.1 200 O") }, ...RESET],
  }),
  "reset-after-headers": (plan) => ({ ...plan, afterHead: RESET }),
  "reset-before-first-event": (plan, { streaming }) =>
    streaming
      ? { ...plan, frames: opening(plan), after: RESET, ended: false }
      : { ...plan, afterHead: RESET },
  "reset-mid-stream": (plan, context) => ({ ...cut(plan, context), after: RESET, ended: false }),
  "eof-mid-stream": (plan, context) =>
    context.streaming
      ? { ...cut(plan, context), after: CLOSE }
      : { ...cut(plan, context), after: CLOSE, ended: false },
  stall: (plan) => ({ ...plan, afterHead: STALL }),
  "not-http": (plan) => ({
    ...plan,
    before: [{ do: "send", bytes: utf8("SSH-2.0-OpenSSH_9.6\r\n") }, ...STALL],
  }),
  "interim-flood": (plan) => ({
    ...plan,
    before: [{ do: "send", bytes: INTERIM_FLOOD }, ...STALL],
  }),
  "stall-headers": (plan) => ({ ...plan, before: STALL }),
  "stall-mid-stream": (plan, context) => ({ ...cut(plan, context), after: STALL, ended: false }),
  pings: (plan, context) => pinging(plan, context, []),
  "pings-mid-stream": (plan, context) => pinging(plan, context, untilDelta(plan.frames, 3)),
  endless: (plan) => ({ ...plan, frames: endless(plan) }),
  "close-idle": (plan) => ({ ...plan, after: CLOSE }),
} satisfies Record<string, Fault>;

/** These frames and then keep-alives without end; an answer that is no stream has none, and stalls. */
function pinging(plan: Plan, context: FaultContext, frames: Iterable<Frame>): Plan {
  if (!context.streaming) return { ...plan, afterHead: STALL };
  return {
    ...plan,
    frames: joined(frames, keepAlives(context)),
    between: [{ do: "wait", ms: context.number ?? 20 }],
  };
}

/** A stream up to its third delta; of a whole answer the first half. */
function cut(plan: Plan, context: FaultContext): Plan {
  if (!context.streaming) return halved(plan, context);
  return { ...plan, frames: [...untilDelta(plan.frames, 3)] };
}

/** All but the second half of the last frame, under the length first declared. */
function halved(plan: Plan, context: FaultContext): Plan {
  const frames = context.streaming ? [...untilDelta(plan.frames, 4)] : [...plan.frames];
  const last = frames.pop();
  if (!last) return plan;
  const bytes = last.bytes.subarray(0, Math.floor(last.bytes.length / 2));
  return { ...plan, frames: [...frames, { part: last.part, bytes }] };
}

function opening(plan: Plan) {
  return [...plan.frames].filter((frame) => frame.part === "start");
}

function* keepAlives({ asked }: FaultContext): Generator<{ part: "other"; bytes: Uint8Array }> {
  for (;;) yield { part: "other", bytes: asked.keepAlive };
}

function* endless(plan: Plan) {
  const frames = [...plan.frames];
  const deltas = frames.filter((frame) => frame.part === "delta");
  yield* frames.filter((frame) => frame.part === "start");
  while (deltas.length > 0) yield* deltas;
}

function* joined<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}
