import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Frame, Reply } from "../dialect.ts";
import { type HeaderLine, type HttpRequest, utf8 } from "../http/request.ts";
import { type Fault, type FaultContext, type Plan, wholePlan } from "../plan.ts";

const HTML = `<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>cloudflare</center>
</body>
</html>
`;

const YEAR_SECONDS = 365 * 24 * 3600;

/** The vendor, or a proxy before it, says no. */
export const errorFaults = {
  "400": status(400),
  "401": status(401),
  "403": status(403),
  "404": status(404),
  "408": status(408),
  "413": status(413),
  "422": status(422),
  "429": status(429, ({ number }) => ["retry-after", String(number ?? 2)]),
  "429-date": status(429, ({ now }) => ["retry-after", httpDate(now() + 2000)]),
  "429-past": status(429, ({ now }) => ["retry-after", httpDate(now() - 3_600_000)]),
  "429-ms": status(429, () => ["retry-after-ms", "1500"]),
  "429-negative": status(429, () => ["retry-after", "-5"]),
  "429-nan": status(429, () => ["retry-after", "soon"]),
  "429-huge": status(429, () => ["retry-after", String(10 * YEAR_SECONDS)]),
  "429-bare": status(429),
  "500": status(500),
  "502": status(502),
  "503": status(503),
  "504": status(504),
  "520": status(520),
  "522": status(522),
  "524": status(524),
  "529": status(529),
  "context-length": (_plan, { asked }) => replyPlan(asked.tooLong()),
  "fail-first": (plan, context) =>
    context.occurrence <= (context.number ?? 1) ? replyPlan(context.asked.error(503)) : plan,
  "html-502": () => wholePlan(502, [["content-type", "text/html"]], HTML),
  "html-200": () => wholePlan(200, [["content-type", "text/html"]], HTML),
  "empty-200": (plan) => ({
    ...plan,
    frames: [],
    length: plan.length === "chunked" ? "chunked" : 0,
  }),
  "no-choices": (plan, { asked, streaming }) =>
    streaming
      ? { ...plan, frames: asked.frames([]) }
      : wholePlan(200, asked.headers, asked.whole([])),
  "error-in-200": (_plan, { asked, number }) =>
    wholePlan(200, asked.headers, asked.error(number ?? 500).body),
  "error-first": (plan, { asked, streaming }) =>
    streaming ? { ...plan, frames: asked.errorFrames(500) } : replyPlan(asked.error(500)),
  "error-in-stream": (plan, { asked, streaming }) =>
    streaming
      ? { ...plan, frames: [...untilDelta(plan.frames, 3), ...asked.errorFrames(500)] }
      : replyPlan(asked.error(500)),
  redirect: () =>
    wholePlan(
      307,
      [
        ["content-type", "text/plain"],
        ["location", "/anything/redirected"],
      ],
      "moved\n",
    ),
} satisfies Record<string, Fault>;

function status(code: number, hint?: (context: FaultContext) => HeaderLine): Fault {
  return (_plan, context) => {
    const plan = replyPlan(context.asked.error(code));
    return hint ? { ...plan, headers: [...plan.headers, hint(context)] } : plan;
  };
}

export function replyPlan(reply: Reply): Plan {
  return wholePlan(reply.status, reply.headers, reply.body);
}

/** The frames up to and with the `count`th delta. */
export function* untilDelta(frames: Iterable<Frame>, count: number): Generator<Frame> {
  let seen = 0;
  for (const frame of frames) {
    if (frame.part === "finish" || frame.part === "usage" || frame.part === "done") return;
    yield frame;
    if (frame.part === "delta") seen += 1;
    if (seen === count) return;
  }
}

function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** The vendor, or a proxy before it, repeats the credential that it was sent. */
export const echoFaults = {
  "echo-key": (_plan, { asked, request, number }) =>
    replyPlan(echoing(asked.error(401), credentialOf(request).slice(0, number))),
  "echo-head": (_plan, { request }) =>
    wholePlan(500, [["content-type", "text/plain"]], headOf(request)),
  "echo-header": (plan, { request }) => ({
    ...plan,
    headers: [...plan.headers, ["x-debug-credential", credentialOf(request)]],
  }),
  "echo-in-stream": (plan, { asked, request, streaming }) => {
    const credential = credentialOf(request);
    if (!streaming) return replyPlan(echoing(asked.error(500), credential));
    const said = asked.errorFrames(500).map((frame) => echoed(frame, credential));
    return { ...plan, frames: [...untilDelta(plan.frames, 3), ...said] };
  },
} satisfies Record<string, Fault>;

function credentialOf({ headers, query }: HttpRequest): string {
  const named = ["authorization", "x-api-key", "api-key", "x-goog-api-key"].map((name) =>
    headers.get(name),
  );
  return named.find((value) => value !== null) ?? query.get("key") ?? "";
}

function headOf({ method, target, headerLines }: HttpRequest): string {
  const lines = headerLines.map(([name, value]) => `${name}: ${value}\n`);
  return `Unhandled error while serving\n\n${method} ${target}\n${lines.join("")}`;
}

function echoing(reply: Reply, credential: string): Reply {
  return { ...reply, body: withMore(reply.body, credential) };
}

function echoed(frame: Frame, credential: string): Frame {
  const more = (text: string) => withMore(text, credential);
  const text = Buffer.from(frame.bytes).toString("utf8");
  return { ...frame, bytes: frame.withText?.(more) ?? utf8(more(text)) };
}

const SENTENCE = /("(?:message|error|detail)": *"(?:[^"\\]|\\.)*)"/;

/** The vendor's sentence, and behind it what it was sent. */
function withMore(json: string, credential: string): string {
  return json.replace(
    SENTENCE,
    (_, said) => `${said} You sent: ${JSON.stringify(credential).slice(1)}`,
  );
}

const PIECE_BYTES = 64;
const BOMB_BYTES = 64 * 1_048_576;

/** The answer is compressed, though nobody asked. */
export const encodingFaults = {
  gzip: (plan) => encoded(plan, gzipSync, ["content-encoding", "gzip"]),
  br: (plan) => encoded(plan, brotliCompressSync, ["content-encoding", "br"]),
  zstd: (plan) => encoded(plan, zstdCompressSync, ["content-encoding", "zstd"]),
  "gzip-unlabelled": (plan) => encoded(plan, gzipSync),
  "gzip-twice": (plan) =>
    encoded(plan, (bytes) => gzipSync(gzipSync(bytes)), ["content-encoding", "gzip, gzip"]),
  "gzip-bomb": (plan) =>
    encoded(plan, (bytes) => gzipSync(Buffer.concat([Buffer.alloc(BOMB_BYTES, " "), bytes])), [
      "content-encoding",
      "gzip",
    ]),
} satisfies Record<string, Fault>;

function encoded(plan: Plan, encode: (bytes: Uint8Array) => Uint8Array, label?: HeaderLine): Plan {
  const whole = Buffer.concat([...plan.frames].map((frame) => frame.bytes));
  const bytes = encode(whole);
  const frames = plan.length === "chunked" ? inPieces(bytes) : [frameOf(bytes)];
  return {
    ...plan,
    headers: label ? [...plan.headers, label] : plan.headers,
    frames,
    length: plan.length === "chunked" ? "chunked" : bytes.length,
  };
}

function frameOf(bytes: Uint8Array): Frame {
  return { part: "other", bytes };
}

function inPieces(bytes: Uint8Array): readonly Frame[] {
  const pieces: Frame[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push(frameOf(bytes.subarray(at, at + PIECE_BYTES)));
  }
  return pieces;
}
