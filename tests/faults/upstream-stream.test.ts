import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sseDecoder } from "../../src/framing/sse.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, eventsOf, openai, proxies, startGateway, textOf } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

type Clocks = NonNullable<Parameters<typeof startGateway>[1]>["clocks"];

/** One streamed call: what came, and what was logged. */
async function streamed(traits: string, clocks: Clocks = {}) {
  await using gateway = await startGateway(proxies(openai(lab.url)), { clocks });
  lab.reset();
  const response = await gateway.post("/ai", ask(`lab/${traits}`, { stream: true }));
  const body = await response.text();
  const record = await gateway.record();
  expect(gateway.records).toHaveLength(1);
  const outcome = await lab.requests[0]?.outcome;
  return { status: response.status, headers: response.headers, body, record, outcome };
}

type Streamed = Awaited<ReturnType<typeof streamed>>;

/** Nothing was sent before the failure: a plain error with a status of its own. */
function expectRefusal(call: Streamed, status: number, code: string): void {
  expect(call.status).toBe(status);
  expect(call.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(JSON.parse(call.body)).toMatchObject({ error: { code } });
  expect(call.record.ai?.proxy).not.toHaveProperty("meta.stream_error");
}

/** The stream was under way: its text up to there, then one error event. */
function expectBreak(call: Streamed, code: string, message: string): void {
  expect(call.status).toBe(200);
  expect(call.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const events = eventsOf(call.body);
  const errors = events.filter((data) => data.startsWith('{"error"'));
  expect(errors.map((data) => JSON.parse(data))).toMatchObject([
    { error: { message, type: "upstream_error" } },
  ]);
  expect(events).not.toContain("[DONE]");
  expect(call.body).not.toContain('"finish_reason":"');
  expect(textOf(call.body)).toMatch(/^You said: “Say/);
  expect(call.record.ai?.proxy).toMatchObject({
    meta: { stream_error: { code, message } },
    usage: { estimated: true },
  });
  expect(call.record.ai?.proxy).toHaveProperty("usage.completion_tokens", expect.any(Number));
}

describe("before anything was said", () => {
  test("a reset after the role leaves no half stream", async () => {
    expectRefusal(await streamed("reset-before-first-event"), 502, "upstream_reset");
    expectRefusal(await streamed("reset-after-headers"), 502, "upstream_reset");
  });

  test("headers, then nothing", async () => {
    const call = await streamed("stall", { firstEventMs: 20 });
    expectRefusal(call, 504, "upstream_stalled");
    expect(call.outcome).toBe("client-left");
  });

  test("pings are no sign of life", async () => {
    const call = await streamed("pings-5", { firstEventMs: 50 });
    expectRefusal(call, 504, "upstream_stalled");
    expect(call.outcome).toBe("client-left");
  });

  test("a stream without a word", async () => {
    expectRefusal(await streamed("empty-200"), 502, "upstream_truncated");
    expectRefusal(await streamed("no-choices"), 502, "upstream_truncated");
  });

  test("an error in place of a stream has the status that it names", async () => {
    expectRefusal(await streamed("error-first"), 500, "upstream_error");
    const call = await streamed("error-in-200-429");
    expect(call.status).toBe(429);
    expect(JSON.parse(call.body)).toMatchObject({ error: { message: expect.any(String) } });
  });

  test("gzip that does not say so", async () => {
    expectRefusal(await streamed("gzip-unlabelled"), 502, "upstream_bad_response");
    expectRefusal(await streamed("gzip-twice"), 502, "upstream_bad_response");
  });
});

describe("after the first word", () => {
  const INVALID = "An invalid response was received from the upstream server";

  test("a reset", async () => {
    expectBreak(await streamed("reset-mid-stream+slow-5"), "upstream_reset", INVALID);
  });

  test("an end inside an event is not joined to what follows", async () => {
    expectBreak(await streamed("truncated-json+slow-5"), "upstream_reset", INVALID);
  });

  test("an end without a finish", async () => {
    const message = "upstream closed the stream early";
    expectBreak(await streamed("eof-mid-stream"), "upstream_truncated", message);
  });

  test("a stall", async () => {
    const call = await streamed("stall-mid-stream", { idleMs: 20 });
    expectBreak(call, "upstream_stalled", "the upstream stopped sending");
    expect(call.outcome).toBe("client-left");
  });

  test("a stall behind pings", async () => {
    const call = await streamed("pings-mid-stream-5", { idleMs: 50 });
    expectBreak(call, "upstream_stalled", "the upstream stopped sending");
    expect(call.outcome).toBe("client-left");
  });

  test("a stream without end is cut by the clock", async () => {
    const call = await streamed("endless+slow-1", { streamTotalMs: 50 });
    expectBreak(call, "upstream_stalled", "the upstream stopped sending");
    expect(call.outcome).toBe("client-left");
  });

  test("a stream without end is cut by its size", async () => {
    const call = await streamed("huge-event-4+endless");
    const events = eventsOf(call.body);
    expect(events.at(-1)).toContain("the upstream's stream is longer than 64 MiB");
    expect(call.body.length).toBeLessThan(70 * 1024 * 1024);
    expect(call.outcome).toBe("client-left");
  });

  test("an event of plain words, before one that says more and before the end", async () => {
    const call = await streamed("garbled-event");
    expectBreak(call, "upstream_bad_response", "failed to decode llm/v1/chat response");
    expect(call.body).not.toContain("Internal Server Error");
  });

  test("the vendor's own error event is passed on, once", async () => {
    const { body, record } = await streamed("error-in-stream");
    const errors = eventsOf(body).filter((data) => data.startsWith('{"error"'));
    expect(errors).toHaveLength(1);
    expect(JSON.parse(errors[0] ?? "")).toMatchObject({ error: { type: "server_error" } });
    expect(eventsOf(body).at(-1)).toBe(errors[0]);
    expect(record.ai?.proxy).toHaveProperty("meta.stream_error.code", "upstream_error");
  });
});

describe("ends that a vendor forgets", () => {
  const dones = (body: string) => eventsOf(body).filter((data) => data === "[DONE]");

  test("a finish without [DONE] gets one", async () => {
    const { body, record } = await streamed("no-done");
    expect(body.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(dones(body)).toHaveLength(1);
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
  });

  test("[DONE] without a finish reason invents none", async () => {
    const { body, record } = await streamed("done-without-finish");
    expect(body).not.toContain('"finish_reason":"');
    expect(dones(body)).toHaveLength(1);
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
  });

  test("what comes behind [DONE] is noticed", async () => {
    const { body, record } = await streamed("content-after-done+one-write");
    expect(body.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(dones(body)).toHaveLength(1);
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
    expect(record.ai?.proxy).toHaveProperty("notices.0.field", "stream");
  });

  test.each(["finish-twice", "finish-each", "content-after-finish"])(
    "%s is no failure",
    async (fault) => {
      const { status, body, record } = await streamed(fault);
      expect(status).toBe(200);
      expect(dones(body)).toHaveLength(1);
      expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
    },
  );

  test("a last event without its blank line gets one", async () => {
    const { body, record } = await streamed("unterminated-event");
    expect(body.endsWith("\n\ndata: [DONE]\n\n")).toBe(true);
    expect(dones(body)).toHaveLength(1);
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
  });
});

describe("bytes that are cut or written otherwise", () => {
  /** The data of events, by the rules every client follows; JSON without what differs by model name. */
  function meant(body: string) {
    const decoder = sseDecoder();
    const events = [...decoder.push(new TextEncoder().encode(body)), ...decoder.end()];
    return events.map(({ data }) => {
      if (data === "[DONE]") return data;
      const { choices, usage } = JSON.parse(data);
      return { choices, usage };
    });
  }

  test.each([
    ["split-utf8"],
    ["split-every-byte"],
    ["crlf"],
    ["cr"],
    ["crlf+split-every-byte"],
    ["no-space"],
    ["bom"],
    ["comments"],
    ["multiline-data"],
    ["one-write"],
    ["gzip"],
    ["br"],
    ["zstd"],
    ["gzip+split-every-byte"],
    ["trailers"],
  ])("%s", async (fault) => {
    const plain = await streamed("multibyte");
    const call = await streamed(`multibyte+${fault}`);
    expect(call.status).toBe(200);
    expect(call.headers.get("content-encoding")).toBeNull();
    expect(call.headers.get("content-length")).toBeNull();
    expect(call.headers.get("x-lab-trailer")).toBeNull();
    expect(meant(call.body)).toEqual(meant(plain.body));
    expect(call.record.ai?.proxy?.usage).toMatchObject({
      prompt_tokens: 8,
      completion_tokens: expect.any(Number),
    });
    expect(call.record.ai?.proxy).not.toHaveProperty("meta.stream_error");
    expect(call.record.ai?.proxy).not.toHaveProperty("usage.estimated", true);
  });
});
