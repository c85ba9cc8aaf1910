import type { Frame } from "../dialect.ts";
import { concatBytes, encodeHead, type HeaderLine, utf8 } from "../http/request.ts";
import type { Step } from "../http/server.ts";
import { type Fault, type Plan, streamPlan, wholePlan } from "../plan.ts";

const TURN: readonly Step[] = [{ do: "wait", ms: 0 }];
const MIB = 1_048_576;

/** The answer is all there, written as a vendor might but seldom does. */
export const framingFaults = {
  "bad-json": (plan, { streaming }) =>
    streaming
      ? {
          ...plan,
          frames: afterDeltas(plan, 3, [{ part: "other", bytes: utf8('data: {"id": oops\n\n') }]),
        }
      : wholePlan(plan.status, plan.headers, '{"id": oops'),
  "no-done": (plan) => without(plan, "done"),
  "done-without-finish": (plan) => without(plan, "finish"),
  "finish-twice": (plan) => ({
    ...plan,
    frames: [...plan.frames].flatMap((frame) =>
      frame.part === "finish" ? [frame, frame] : [frame],
    ),
  }),
  "finish-each": (plan) => {
    const frames = [...plan.frames];
    const finish = frames.filter((frame) => frame.part === "finish");
    return {
      ...plan,
      frames: frames.flatMap((frame) => (frame.part === "delta" ? [frame, ...finish] : [frame])),
    };
  },
  "content-after-finish": (plan) => firstDeltaAfter(plan, "finish"),
  "content-after-done": (plan) => firstDeltaAfter(plan, "done"),
  "garbled-event": (plan, { streaming }) =>
    streaming
      ? {
          ...plan,
          frames: afterDeltas(plan, 3, [comment(utf8("data: Internal Server Error\n\n"))]),
        }
      : plan,
  comments: (plan, { asked, streaming }) =>
    streaming
      ? { ...plan, frames: [...plan.frames].flatMap((frame) => [comment(asked.keepAlive), frame]) }
      : plan,
  slow: (plan, { number }) => ({ ...plan, between: [{ do: "wait", ms: number ?? 20 }] }),
  "one-write": (plan) => ({ ...plan, writes: "one" }),
  "many-events": (plan, { streaming, number }) =>
    streaming ? { ...plan, frames: repeated(plan, number ?? 10_000), writes: "one" } : plan,
  "huge-event": (plan, { streaming, number }) =>
    streaming ? { ...plan, frames: inflated(plan, (number ?? 9) * MIB) } : plan,
  "split-utf8": (plan) => ({ ...plan, writes: insideCharacters, between: TURN }),
  "split-every-byte": (plan) => ({ ...plan, writes: everyByte, between: TURN }),
  crlf: (plan) => rewritten(plan, (text) => text.replaceAll("\n", "\r\n")),
  cr: (plan) => rewritten(plan, (text) => text.replaceAll("\n", "\r")),
  "no-space": (plan) => rewritten(plan, (text) => text.replace(/^(\w+): /gm, "$1:")),
  "multiline-data": (plan) =>
    rewritten(plan, (text) => text.replace(/^data: \{(.*)\}$/gm, "data: {\ndata: $1\ndata: }")),
  bom: (plan) => ({ ...plan, frames: [{ part: "other", bytes: utf8("\uFEFF") }, ...plan.frames] }),
  "unterminated-event": (plan) => {
    const frames = [...plan.frames];
    const last = frames.pop();
    if (!last || plan.length !== "chunked") return plan;
    return { ...plan, frames: [...frames, { ...last, bytes: last.bytes.subarray(0, -2) }] };
  },
  trailers: (plan) => ({
    ...plan,
    length: "chunked",
    lastChunk: utf8("0;last=yes\r\nx-lab-trailer: dropped\r\n\r\n"),
  }),
  "early-hints": (plan) => ({
    ...plan,
    before: [
      { do: "send", bytes: encodeHead(102, []) },
      { do: "send", bytes: encodeHead(103, [["link", "</style.css>; rel=preload"]]) },
    ],
  }),
  "set-cookie": (plan) =>
    withHeaders(plan, [
      ["set-cookie", "__cf_bm=lab; path=/; HttpOnly; Secure"],
      ["set-cookie", "_cfuvid=lab; path=/; HttpOnly; Secure"],
    ]),
  "many-headers": (plan) =>
    withHeaders(
      plan,
      Array.from({ length: 300 }, (_, index): HeaderLine => [`x-lab-${index}`, "x".repeat(40)]),
    ),
  "json-for-stream": (plan) => plan,
  "stream-for-json": (plan) => plan,
} satisfies Record<string, Fault>;

function firstDeltaAfter(plan: Plan, part: Frame["part"]): Plan {
  const frames = [...plan.frames];
  const delta = frames.find((frame) => frame.part === "delta");
  return {
    ...plan,
    frames: frames.flatMap((frame) => (frame.part === part && delta ? [frame, delta] : [frame])),
  };
}

function without(plan: Plan, part: Frame["part"]): Plan {
  return { ...plan, frames: [...plan.frames].filter((frame) => frame.part !== part) };
}

function comment(bytes: Uint8Array): Frame {
  return { part: "other", bytes };
}

function withHeaders(plan: Plan, headers: readonly HeaderLine[]): Plan {
  return { ...plan, headers: [...plan.headers, ...headers] };
}

function afterDeltas(plan: Plan, count: number, extra: readonly Frame[]): readonly Frame[] {
  const frames = [...plan.frames];
  const deltas = frames.filter((frame) => frame.part === "delta");
  const at = frames.indexOf(
    deltas[count - 1] ?? deltas.at(-1) ?? frames[0] ?? extra[0] ?? comment(utf8("")),
  );
  return [...frames.slice(0, at + 1), ...extra, ...frames.slice(at + 1)];
}

function repeated(plan: Plan, count: number): readonly Frame[] {
  const frames = [...plan.frames];
  const deltas = frames.filter((frame) => frame.part === "delta");
  const before = frames.filter((frame) => frame.part === "start");
  const after = frames.filter((frame) => frame.part !== "start" && frame.part !== "delta");
  const many = Array.from(
    { length: count },
    (_, index) => deltas[index % deltas.length] ?? [],
  ).flat();
  return [...before, ...many, ...after];
}

/** Grows the first text of the third delta (or the last there is) to the wanted size. */
function inflated(plan: Plan, bytes: number): readonly Frame[] {
  const frames = [...plan.frames];
  const deltas = frames.filter((frame) => frame.part === "delta");
  const grown = deltas[2] ?? deltas.at(-1);
  return frames.map((frame) => {
    if (frame !== grown) return frame;
    const grow = (text: string) =>
      text.replace(/(?<="(?:content|text|reasoning_content|arguments)":")/, "x".repeat(bytes));
    const { withText } = frame;
    const grownBytes = withText
      ? withText(grow)
      : utf8(grow(Buffer.from(frame.bytes).toString("utf8")));
    return { ...frame, bytes: grownBytes };
  });
}

function rewritten(plan: Plan, rewrite: (text: string) => string): Plan {
  if (plan.length !== "chunked") return plan;
  return streamLike(
    plan,
    [...plan.frames].map(({ part, bytes }) => ({
      part,
      bytes: utf8(rewrite(Buffer.from(bytes).toString("utf8"))),
    })),
  );
}

function streamLike(plan: Plan, frames: readonly Frame[]): Plan {
  return { ...streamPlan(plan.headers, frames), ...plan, frames };
}

function* everyByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
}

/** Cuts before every continuation byte of UTF-8 (10xxxxxx). */
function* insideCharacters(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) continue;
    yield bytes.subarray(from, at);
    from = at;
  }
  yield concatBytes([bytes.subarray(from)]);
}
