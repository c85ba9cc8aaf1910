import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const PREFIX = "transformation failed from type openai://llm/v1/chat: ";
const UNDECODABLE = `${PREFIX}failed to decode llm/v1/chat response`;

async function whole(traits: string, headers: Record<string, string> = {}) {
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const response = await gateway.post("/ai", ask(`lab/${traits}`), { headers });
  const body = await response.text();
  const record = await gateway.record();
  expect(gateway.records).toHaveLength(1);
  return { status: response.status, headers: response.headers, body, record };
}

describe("a 200 that is no answer", () => {
  test.each([
    ["empty-200", 500, "no response body found when transforming response"],
    ["bad-json", 500, UNDECODABLE],
    ["html-200", 500, UNDECODABLE],
    ["stream-for-json", 500, UNDECODABLE],
    ["truncated-json", 502, "An invalid response was received from the upstream server"],
    ["no-choices", 502, "the upstream's answer holds no choice"],
    ["gzip-unlabelled", 502, "the upstream's answer is compressed without saying so"],
    ["gzip-twice", 502, "the upstream's answer is compressed more than once"],
    ["gzip-bomb", 500, "the upstream's answer is larger than 64 MiB"],
  ])("%s", async (fault, status, message) => {
    const call = await whole(fault);
    expect(call.status).toBe(status);
    expect(JSON.parse(call.body)).toMatchObject({
      error: { message, type: "upstream_error", param: null, code: expect.any(String) },
      request_id: call.headers.get("x-kong-request-id"),
    });
    expect(call.headers.get("x-kong-llm-model")).toBeNull();
    expect(call.record).toMatchObject({ source: "kong", upstream_status: "200" });
  });

  test("an error object has the status that it names", async () => {
    const { status, body } = await whole("error-in-200-429");
    expect(status).toBe(429);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "rate_limit_exceeded" } });
    expect((await whole("error-in-200")).status).toBe(500);
  });

  test("an answer cut at any byte", async () => {
    const answer = `{"id":"é","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi 😀"},"finish_reason":"stop"}]}`;
    const bytes = new TextEncoder().encode(answer);
    let end = 0;
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () =>
        new Response(bytes.subarray(0, end), { headers: { "content-type": "application/json" } }),
    });
    try {
      const model = {
        provider: "openai",
        options: { upstream_url: `http://127.0.0.1:${upstream.port}/v1` },
      };
      await using gateway = await startGateway(proxies(openai("", { model })));
      for (end = 1; end <= bytes.length; end++) {
        const response = await gateway.post("/ai", ask("m"));
        const text = await response.text();
        if (end === bytes.length) expect([response.status, text]).toEqual([200, answer]);
        else expect(JSON.parse(text)).toMatchObject({ error: { message: UNDECODABLE } });
      }
    } finally {
      await upstream.stop(true);
    }
  });
});

describe("compressed answers", () => {
  const codings = ["gzip", "br", "zstd"];

  test.each(codings)("%s is read once, an answer and an error alike", async (coding) => {
    for (const traits of [coding, `500+${coding}`]) {
      const call = await whole(traits, { "accept-encoding": "identity" });
      expect(call.status).toBe(traits === coding ? 200 : 500);
      expect(call.headers.get("content-encoding")).toBeNull();
      expect(Number(call.headers.get("content-length"))).toBe(Buffer.byteLength(call.body));
      expect(JSON.parse(call.body)).toBeObject();
    }
  });
});

describe("a proxy's page in place of a vendor's error", () => {
  test("its status, type and body are the client's to see", async () => {
    const call = await whole("html-502");
    expect(call.status).toBe(502);
    expect(call.headers.get("content-type")).toBe("text/html");
    expect(call.body).toContain("<h1>502 Bad Gateway</h1>");
    expect(call.record).toMatchObject({ source: "upstream", upstream_status: "502" });
  });
});

test("a bomb in a stream is cut like any that is too long", async () => {
  const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, "\n"));
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(bomb, {
        headers: { "content-type": "text/event-stream", "content-encoding": "gzip" },
      }),
  });
  try {
    const model = {
      provider: "openai",
      options: { upstream_url: `http://127.0.0.1:${upstream.port}/v1` },
    };
    await using gateway = await startGateway(proxies(openai("", { model })));
    const response = await gateway.post("/ai", ask("m", { stream: true }));
    expect(response.status).toBe(502);
    expect(await response.text()).toContain("the upstream's stream is longer than 64 MiB");
  } finally {
    await upstream.stop(true);
  }
});
