import type { Asked, Frame } from "./dialect.ts";
import {
  encodeChunk,
  encodeHead,
  type HeaderLine,
  type HttpRequest,
  LAST_CHUNK,
  utf8,
} from "./http/request.ts";
import type { Step } from "./http/server.ts";

/** An answer on its way to the wire. A fault is a function from a plan to a plan. */
export interface Plan {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly frames: Iterable<Frame>;
  /** `chunked` (RFC 9112 §7.1), or a body of this declared length. */
  readonly length: "chunked" | number;
  /** Before the status line. */
  readonly before: readonly Step[];
  /** After the head. */
  readonly afterHead: readonly Step[];
  /** After every write but the last. */
  readonly between: readonly Step[];
  /** After the last frame. */
  readonly after: readonly Step[];
  /** Whether the body is ended as its framing asks. */
  readonly ended: boolean;
  /** The last chunk with its trailers. */
  readonly lastChunk: Uint8Array;
  readonly writes: "frames" | "one" | ((bytes: Uint8Array) => Iterable<Uint8Array>);
}

const QUIET = {
  before: [],
  afterHead: [],
  between: [],
  after: [],
  ended: true,
  lastChunk: LAST_CHUNK,
  writes: "frames",
} as const;

export function wholePlan(
  status: number,
  headers: readonly HeaderLine[],
  body: string | Uint8Array,
): Plan {
  const bytes = typeof body === "string" ? utf8(body) : body;
  const frames: readonly Frame[] = [{ part: "other", bytes }];
  return { ...QUIET, status, headers, frames, length: bytes.length };
}

export function streamPlan(headers: readonly HeaderLine[], frames: Iterable<Frame>): Plan {
  return { ...QUIET, status: 200, headers, frames, length: "chunked" };
}

/** The plan as bytes and pauses. Lazy, so an endless plan is only as long as the client listens. */
export function* stepsOf(plan: Plan): Generator<Step> {
  yield* plan.before;
  const framing: HeaderLine =
    plan.length === "chunked"
      ? ["transfer-encoding", "chunked"]
      : ["content-length", String(plan.length)];
  const head = encodeHead(plan.status, [...plan.headers, framing]);
  if (plan.length !== "chunked" && plan.afterHead.length === 0 && plan.writes === "frames") {
    yield* sized(plan, head);
  } else {
    yield { do: "send", bytes: head };
    yield* plan.afterHead;
    yield* body(plan);
    if (plan.ended && plan.length === "chunked") yield { do: "send", bytes: plan.lastChunk };
  }
  yield* plan.after;
}

/** Head and body of a whole answer in one write, as vendors send short ones. */
function* sized(plan: Plan, head: Uint8Array): Generator<Step> {
  const parts = [head];
  for (const frame of plan.frames) parts.push(frame.bytes);
  yield { do: "send", bytes: new Uint8Array(Buffer.concat(parts)) };
}

function* body(plan: Plan): Generator<Step> {
  const encode = plan.length === "chunked" ? encodeChunk : (bytes: Uint8Array) => bytes;
  let first = true;
  for (const bytes of writesOf(plan)) {
    if (!first) yield* plan.between;
    first = false;
    yield { do: "send", bytes: encode(bytes) };
  }
}

function* writesOf(plan: Plan): Generator<Uint8Array> {
  if (plan.writes === "one") {
    const parts: Uint8Array[] = [];
    for (const frame of plan.frames) parts.push(frame.bytes);
    yield new Uint8Array(Buffer.concat(parts));
    return;
  }
  for (const frame of plan.frames) {
    if (plan.writes === "frames") yield frame.bytes;
    else yield* plan.writes(frame.bytes);
  }
}

/** What a fault may ask about the call it spoils. */
export interface FaultContext {
  readonly request: HttpRequest;
  readonly asked: Asked;
  readonly streaming: boolean;
  /** The number in the model name, as 50 in `slow-50`. */
  readonly number: number | undefined;
  /** 1 for the first call with this model name. */
  readonly occurrence: number;
  readonly now: () => number;
}

export type Fault = (plan: Plan, context: FaultContext) => Plan;
