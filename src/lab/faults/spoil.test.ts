import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import net from "node:net";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { type Lab, startLab } from "../lab.ts";
import { FAULT_MODELS } from "../models.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ now: () => Date.UTC(2025, 0, 1) });
});
afterAll(() => lab.stop());

interface Heard {
  readonly bytes: Buffer;
  readonly reads: number;
  readonly end: "closed" | "reset";
}

/** Everything the socket gives until it closes; `enough` closes it from this side. */
function hear(
  model: string,
  options: { stream?: boolean; enough?: (text: string) => boolean } = {},
): Promise<Heard> {
  const body = JSON.stringify({
    model,
    stream: options.stream ?? false,
    messages: [{ role: "user", content: "Größe 東京" }],
  });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: lab\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let end: Heard["end"] = "closed";
    const socket = net.connect(lab.port, "127.0.0.1");
    socket.on("data", (part: Buffer) => {
      parts.push(part);
      if (options.enough?.(Buffer.concat(parts).toString("utf8"))) socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") end = "reset";
    });
    socket.on("close", () => resolve({ bytes: Buffer.concat(parts), reads: parts.length, end }));
    socket.write(head + body);
  });
}

async function stream(model: string) {
  const heard = await hear(model, { stream: true });
  const body = dechunked(bodyOf(heard.bytes));
  return { ...heard, text: heard.bytes.toString("utf8"), ...body };
}

async function whole(model: string) {
  const heard = await hear(model);
  const text = heard.bytes.toString("utf8");
  return {
    ...heard,
    text,
    head: text.slice(0, text.indexOf("\r\n\r\n")),
    body: bodyOf(heard.bytes),
  };
}

function bodyOf(bytes: Buffer): Buffer {
  const at = bytes.indexOf("\r\n\r\n");
  return at < 0 ? Buffer.alloc(0) : bytes.subarray(at + 4);
}

function dechunked(bytes: Buffer): { chunks: readonly Buffer[]; body: string; ended: boolean } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return { chunks, body: Buffer.concat(chunks).toString("utf8"), ended: false };
    const size = Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (size === 0) return { chunks, body: Buffer.concat(chunks).toString("utf8"), ended: true };
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

const count = (text: string, part: string) => text.split(part).length - 1;

describe("answers of a vendor that says no", () => {
  test.each([
    ["lab/429", "retry-after: 2"],
    ["lab/429-30", "retry-after: 30"],
    ["lab/429-date", "retry-after: Wed, 01 Jan 2025 00:00:02 GMT"],
    ["lab/429-past", "retry-after: Tue, 31 Dec 2024 23:00:00 GMT"],
    ["lab/429-ms", "retry-after-ms: 1500"],
    ["lab/429-negative", "retry-after: -5"],
    ["lab/429-nan", "retry-after: soon"],
    ["lab/429-huge", "retry-after: 315360000"],
  ])("%s", async (model, header) => {
    const { head, body } = await whole(model);
    expect(head).toStartWith("HTTP/1.1 429 Too Many Requests\r\n");
    expect(head).toContain(header);
    expect(JSON.parse(body.toString("utf8"))).toMatchObject({
      error: { code: "rate_limit_exceeded" },
    });
  });

  test("429-bare has no hint", async () => {
    expect((await whole("lab/429-bare")).head).not.toContain("retry-after");
  });

  test("every status is answered with an error body", async () => {
    for (const status of Object.keys(FAULT_MODELS).filter((name) => /^\d+$/.test(name))) {
      const { head, body } = await whole(`lab/${status}`);
      expect(head).toStartWith(`HTTP/1.1 ${status} `);
      expect(JSON.parse(body.toString("utf8"))).toHaveProperty("error.message");
    }
  });

  test("error-in-200 hides the status it carries", async () => {
    const { head, body } = await whole("lab/error-in-200-429");
    expect(head).toStartWith("HTTP/1.1 200 OK");
    expect(body.toString("utf8")).toContain("rate_limit_exceeded");
  });

  test("html, nothing, and no choices", async () => {
    expect((await whole("lab/html-502")).text).toMatch(
      /^HTTP\/1.1 502 [\s\S]*text\/html[\s\S]*<html>/,
    );
    expect((await whole("lab/html-200")).text).toMatch(
      /^HTTP\/1.1 200 [\s\S]*text\/html[\s\S]*<html>/,
    );
    const empty = await whole("lab/empty-200");
    expect(empty.head).toContain("content-length: 0");
    expect(empty.body.length).toBe(0);
    expect((await stream("lab/empty-200")).text).toEndWith("\r\n\r\n0\r\n\r\n");
    expect(JSON.parse(String((await whole("lab/no-choices")).body))).toMatchObject({ choices: [] });
    expect((await stream("lab/no-choices")).body).toBe("data: [DONE]\n\n");
  });

  test("an error inside a stream comes first, or after three deltas", async () => {
    expect((await stream("lab/error-first")).body).toStartWith('data: {"error":');
    const later = (await stream("lab/error-in-stream")).body;
    expect(count(later, '"content":"')).toBe(4);
    expect(later).toMatch(/data: \{"error":.*\}\n\n$/);
  });
});

describe("answers that end too early", () => {
  test.each([
    ["lab/reset-before-headers", ""],
    ["lab/reset-mid-headers", "HTTP/1.1 200 O"],
  ])("%s", async (model, text) => {
    expect(await hear(model)).toMatchObject({ bytes: Buffer.from(text), end: "reset" });
    expect(await hear(model, { stream: true })).toMatchObject({
      bytes: Buffer.from(text),
      end: "reset",
    });
  });

  test("resets after headers, after the opening event, and after three deltas", async () => {
    const headers = await stream("lab/reset-after-headers");
    expect(headers.text).toEndWith("\r\n\r\n");
    const opening = await stream("lab/reset-before-first-event");
    expect(count(opening.body, "data: ")).toBe(1);
    expect(opening.body).toContain('"role":"assistant","content":""');
    const middle = await stream("lab/reset-mid-stream");
    expect(count(middle.body, "data: ")).toBe(4);
    for (const heard of [headers, opening, middle]) {
      expect(heard.end).toBe("reset");
      expect(heard.ended).toBe(false);
    }
  });

  test("a stream ends in order, but unfinished", async () => {
    const heard = await stream("lab/eof-mid-stream");
    expect(heard).toMatchObject({ end: "closed", ended: true });
    expect(heard.body).not.toMatch(/"finish_reason":"|DONE/);
  });

  test("truncated-json promises more bytes than it sends", async () => {
    const { head, body } = await whole("lab/truncated-json");
    expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBeGreaterThan(body.length);
    const heard = await stream("lab/truncated-json");
    expect(heard.ended).toBe(false);
    expect(heard.body).not.toEndWith("\n\n");
  });

  test("stalls before the head, after it, and after three deltas", async () => {
    const request = (model: string) =>
      lab.waitForRequest(({ body }) => body.includes(`"${model}"`));
    const silent = hear("lab/stall", { stream: true, enough: (text) => text.endsWith("\r\n\r\n") });
    expect(await (await request("lab/stall")).outcome).toBe("client-left");
    expect(String((await silent).bytes)).toEndWith("\r\n\r\n");
    const third = await hear("lab/stall-mid-stream", {
      stream: true,
      enough: (text) => count(text, "data: ") === 4,
    });
    expect(count(String(third.bytes), "data: ")).toBe(4);
    expect(await (await request("lab/stall-mid-stream")).outcome).toBe("client-left");
  });

  test("pings are all there is", async () => {
    const enough = (text: string) => count(text, ": keep-alive") === 3;
    const { bytes } = await hear("lab/pings-1", { stream: true, enough });
    expect(String(bytes)).not.toContain("data:");
    const later = await hear("lab/pings-mid-stream-1", { stream: true, enough });
    expect(count(String(later.bytes), "data: ")).toBe(4);
  });

  test("an endless answer ends when its reader does", async () => {
    const enough = (text: string) => text.length > 1_000_000;
    const { bytes } = await hear("lab/endless", { stream: true, enough });
    expect(bytes.length).toBeGreaterThan(1_000_000);
  });
});

describe("answers framed as few vendors do", () => {
  test("markers are missing, doubled or out of place", async () => {
    expect((await stream("lab/no-done")).body).not.toContain("[DONE]");
    const unfinished = (await stream("lab/done-without-finish")).body;
    expect(unfinished).not.toContain('"finish_reason":"stop"');
    expect(unfinished).toEndWith("data: [DONE]\n\n");
    expect(count((await stream("lab/finish-twice")).body, '"finish_reason":"stop"')).toBe(2);
    const each = (await stream("lab/finish-each")).body;
    expect(count(each, '"finish_reason":"stop"')).toBe(count(each, '"delta":{"content":') + 1);
    expect((await stream("lab/content-after-done")).body).toMatch(
      /data: \[DONE\]\n\ndata: .*"content":/,
    );
    expect((await stream("lab/garbled-event")).body).toMatch(
      /"content":.*\n\ndata: Internal Server Error\n\ndata: /,
    );
    expect((await stream("lab/content-after-finish")).body).toMatch(
      /"finish_reason":"stop"[\s\S]*"content":"/,
    );
    expect((await stream("lab/unterminated-event")).body).toEndWith("data: [DONE]");
  });

  test("the same events come in any framing", async () => {
    const plain = (await stream("lab/plain")).body;
    const model = /"model":"[^"]*"/g;
    const same = (body: string) => body.replace(model, "").replaceAll(/"id":"[^"]*"/g, "");
    const cases: readonly (readonly [string, (body: string) => string])[] = [
      ["lab/crlf", (body) => body.replaceAll("\r\n", "\n")],
      ["lab/cr", (body) => body.replaceAll("\r", "\n")],
      ["lab/no-space", (body) => body.replaceAll("data:", "data: ")],
      ["lab/bom", (body) => body.replace("\uFEFF", "")],
      ["lab/comments", (body) => body.replaceAll(": keep-alive\n\n", "")],
      [
        "lab/multiline-data",
        (body) => body.replaceAll("\ndata: }", "}").replaceAll("{\ndata: ", "{"),
      ],
      ["lab/one-write", (body) => body],
      ["lab/slow-1", (body) => body],
      ["lab/trailers", (body) => body],
      ["lab/early-hints", (body) => body],
      ["lab/split-utf8", (body) => body],
      ["lab/split-every-byte", (body) => body],
    ];
    for (const [name, undo] of cases) {
      const heard = await hear(name, { stream: true });
      const bytes = heard.bytes.subarray(Math.max(0, heard.bytes.indexOf("HTTP/1.1 200")));
      expect(same(undo(dechunked(bodyOf(bytes)).body))).toBe(same(plain));
    }
  });

  test("split writes end inside characters", async () => {
    const { chunks } = await stream("lab/split-utf8");
    expect(chunks.some((chunk) => chunk.toString("utf8").includes("\uFFFD"))).toBe(true);
    const bytes = await stream("lab/split-every-byte");
    expect(bytes.chunks.every((chunk) => chunk.length === 1)).toBe(true);
    expect(bytes.reads).toBeGreaterThan(100);
  });

  test("one write is one chunk, many events among them", async () => {
    expect((await stream("lab/one-write")).chunks).toHaveLength(1);
    const { chunks, body } = await stream("lab/many-events-500");
    expect(chunks).toHaveLength(1);
    expect(count(body, "data: ")).toBe(503);
    expect((await stream("lab/huge-event-1")).body.length).toBeGreaterThan(1_048_576);
  });

  test("encodings say what they are, or not", async () => {
    const plain = String((await whole("lab/plain")).body).replaceAll("lab/plain", "");
    const decoded = (bytes: Uint8Array, model: string) =>
      String(Buffer.from(bytes)).replaceAll(model, "").slice(60);
    for (const [model, decode] of [
      ["lab/gzip", gunzipSync],
      ["lab/br", brotliDecompressSync],
      ["lab/zstd", zstdDecompressSync],
    ] as const) {
      const { head, body } = await whole(model);
      expect(head).toContain(`content-encoding: ${model.slice(4)}`);
      expect(decoded(decode(body), model)).toBe(plain.slice(60));
    }
    const unlabelled = await whole("lab/gzip-unlabelled");
    expect(unlabelled.head).not.toContain("content-encoding");
    expect(unlabelled.body.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    const twice = await whole("lab/gzip-twice");
    expect(twice.head).toContain("content-encoding: gzip, gzip");
    expect(String(gunzipSync(gunzipSync(twice.body)))).toContain("chat.completion");
    expect(gunzipSync((await whole("lab/gzip-bomb")).body).length).toBeGreaterThan(64 * 1_048_576);
  });

  test("headers and forms nobody asked for", async () => {
    expect(count((await whole("lab/set-cookie")).head, "set-cookie: ")).toBe(2);
    expect(count((await whole("lab/many-headers")).head, "x-lab-")).toBe(300);
    expect((await whole("lab/redirect")).head).toMatch(
      /^HTTP\/1.1 307 [\s\S]*location: \/anything/,
    );
    expect((await whole("lab/early-hints")).text).toMatch(
      /^HTTP\/1.1 102 [\s\S]*HTTP\/1.1 103 [\s\S]*HTTP\/1.1 200 /,
    );
    expect((await stream("lab/trailers")).text).toEndWith(
      "0;last=yes\r\nx-lab-trailer: dropped\r\n\r\n",
    );
    expect((await stream("lab/json-for-stream")).text).toContain('"object": "chat.completion"');
    expect((await whole("lab/stream-for-json")).text).toContain("text/event-stream");
    expect(String((await whole("lab/bad-json")).body)).toBe('{"id": oops');
    expect((await stream("lab/bad-json")).body).toContain('data: {"id": oops\n\n');
  });
});
