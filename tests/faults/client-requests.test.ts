import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway, type TestGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  gateway = await startGateway(proxies(openai(lab.url, { max_request_body_size: 1000 })));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

const BODY = JSON.stringify(ask("lab/echo"));
const LENGTH = Buffer.byteLength(BODY);
const HEX = LENGTH.toString(16);
const CHUNKED = `${HEX}\r\n${BODY}\r\n0\r\n\r\n`;

/** A request with these header lines more, and this body. */
function post(lines: string, body = BODY): string {
  return `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${lines}\r\n\r\n${body}`;
}

const hasJson = (text: string) => /\r\n\r\n[\s\S]*\}\s*$/.test(text);

describe("requests that two readers may read differently", () => {
  test.each([
    [
      "Content-Length and Transfer-Encoding",
      `Content-Length: ${LENGTH}\r\nTransfer-Encoding: chunked`,
      CHUNKED,
    ],
    ["one length twice", `Content-Length: ${LENGTH}\r\nContent-Length: ${LENGTH}`, BODY],
    ["two lengths", `Content-Length: ${LENGTH}\r\nContent-Length: 3`, BODY],
    ["a signed length", `Content-Length: +${LENGTH}`, BODY],
    ["a negative length", "Content-Length: -1", BODY],
    ["a list of lengths", `Content-Length: ${LENGTH}, ${LENGTH}`, BODY],
    ["a length in hex", "Content-Length: 0x10", BODY],
    ["an empty length", "Content-Length: ", BODY],
    ["an unknown coding", "Transfer-Encoding: xchunked", CHUNKED],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", CHUNKED],
    ["chunked before identity", "Transfer-Encoding: chunked, identity", CHUNKED],
    ["gzip before chunked", "Transfer-Encoding: gzip, chunked", CHUNKED],
    ["identity", `Transfer-Encoding: identity\r\nContent-Length: ${LENGTH}`, BODY],
    ["a vertical tab before chunked", "Transfer-Encoding: \x0bchunked", CHUNKED],
    ["a space before a colon", `Content-Length : ${LENGTH}`, BODY],
    ["a folded line", `X-A: b\r\n c\r\nContent-Length: ${LENGTH}`, BODY],
    ["a bare line feed", `X-A: b\nContent-Length: ${LENGTH}`, BODY],
    ["a bare carriage return", `X-A: b\rX-B: c\r\nContent-Length: ${LENGTH}`, BODY],
    ["NUL in a value", `X-A: b\0c\r\nContent-Length: ${LENGTH}`, BODY],
    ["NUL in a name", `X\0A: b\r\nContent-Length: ${LENGTH}`, BODY],
    ["a second Host", `Host: y\r\nContent-Length: ${LENGTH}`, BODY],
    [
      "a second Authorization",
      `Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: ${LENGTH}`,
      BODY,
    ],
    [
      "a chunk size that overflows",
      "Transfer-Encoding: chunked",
      `ffffffffffffffff1\r\n${BODY}\r\n0\r\n\r\n`,
    ],
    ["a chunk longer than its size", "Transfer-Encoding: chunked", `5\r\n${BODY}\r\n0\r\n\r\n`],
    ["a negative chunk size", "Transfer-Encoding: chunked", `-5\r\n${BODY}\r\n0\r\n\r\n`],
    ["a chunk size with 0x", "Transfer-Encoding: chunked", `0x${HEX}\r\n${BODY}\r\n0\r\n\r\n`],
    [
      "a line feed behind a chunk size",
      "Transfer-Encoding: chunked",
      `${HEX}\n${BODY}\r\n0\r\n\r\n`,
    ],
  ])("%s", async (_what, lines, body) => {
    lab.reset();
    const { text, closed } = await sendRaw(gateway.port, post(lines, body));
    expect(statusesOf(text)).toEqual([400]);
    expect(text).toMatch(/connection: close/i);
    expect(closed).toBe(true);
    expect(lab.requests).toHaveLength(0);
  });

  test.each([
    ["no Host", "POST /ai HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400],
    ["a Host that is none", "GET /ai HTTP/1.1\r\nHost: a b\r\n\r\n", 400],
    ["bare line feeds", `POST /ai HTTP/1.1\nHost: x\nContent-Length: ${LENGTH}\n\n${BODY}`, 505],
    [
      "Transfer-Encoding on HTTP/1.0",
      `POST /ai HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}`,
      400,
    ],
    ["a target that is an authority", "POST x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["no HTTP at all", "GARBAGE\r\n\r\n", 400],
  ])("%s", async (_what, request, status) => {
    lab.reset();
    const { text, closed } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([status]);
    expect(closed).toBe(true);
    expect(lab.requests).toHaveLength(0);
  });

  test("a length in a trailer counts for nothing", async () => {
    const body = `${HEX}\r\n${BODY}\r\n0\r\nContent-Length: 5\r\n\r\nGET /x`;
    const { text, closed } = await sendRaw(gateway.port, post("Transfer-Encoding: chunked", body));
    expect(statusesOf(text)).toEqual([400]);
    expect(closed).toBe(true);
  });

  test("chunk extensions are passed over", async () => {
    const body = `${HEX};a=b\r\n${BODY}\r\n0\r\n\r\n`;
    const { text } = await sendRaw(gateway.port, post("Transfer-Encoding: chunked", body), hasJson);
    expect(statusesOf(text)).toEqual([200]);
  });
});

test.each([
  ["a line of 17 KiB", `X-A: ${"a".repeat(17_000)}`],
  ["101 lines", Array.from({ length: 101 }, (_, index) => `X-${index}: a`).join("\r\n")],
  ["2500 lines", Array.from({ length: 2500 }, (_, index) => `X-${index}: a`).join("\r\n")],
])("more headers than are read: %s", async (_what, lines) => {
  const request = post(`${lines}\r\nContent-Length: ${LENGTH}`);
  const { text, closed } = await sendRaw(gateway.port, request);
  expect(statusesOf(text)).toEqual([431]);
  expect(closed).toBe(true);
});

test.each([false, true])("HTTP/1.0 is answered without chunks, stream %p", async (stream) => {
  const body = JSON.stringify(ask("lab/echo", { stream }));
  const request = `POST /ai HTTP/1.0\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const { text, closed } = await sendRaw(gateway.port, request);
  expect(statusesOf(text)).toEqual([200]);
  expect(closed).toBe(true);
  expect(text).not.toMatch(/transfer-encoding/i);
  expect(text).toEndWith(stream ? "data: [DONE]\n\n" : "}\n");
});

describe("bodies over the limit", () => {
  const large = JSON.stringify(ask("lab/echo", { user: "u".repeat(1000) }));
  const size = Buffer.byteLength(large);

  test("a length that says so is refused unread", async () => {
    lab.reset();
    const { text, closed } = await sendRaw(gateway.port, post("Content-Length: 99999999", "{"));
    expect(statusesOf(text)).toEqual([413]);
    expect(text).toContain("request body too large: 99999999 > 1000");
    expect(closed).toBe(true);
    expect(lab.requests).toHaveLength(0);
  });

  test("a body in chunks is refused at the limit", async () => {
    lab.reset();
    const body = `${size.toString(16)}\r\n${large}\r\n`;
    const { text, closed } = await sendRaw(gateway.port, post("Transfer-Encoding: chunked", body));
    expect(statusesOf(text)).toEqual([413]);
    expect(text).toContain(`request body too large: ${size} > 1000`);
    expect(closed).toBe(true);
    expect(lab.requests).toHaveLength(0);
  });
});

describe("bodies that come slowly", () => {
  test.each([
    ["none of it", { bodyIdleMs: 20 }, `Content-Length: ${LENGTH}`, ""],
    ["half of it", { bodyIdleMs: 20 }, `Content-Length: ${LENGTH}`, BODY.slice(0, 20)],
    ["half of a long one", { bodyIdleMs: 20 }, "Content-Length: 100000", BODY.slice(0, 20)],
    ["a chunk", { bodyIdleMs: 20 }, "Transfer-Encoding: chunked", `2\r\n{ \r\n`],
    [
      "a little of a long one",
      { bodySlowMs: 20, bodyIdleMs: 9_000 },
      "Content-Length: 1000000",
      BODY.slice(0, 20),
    ],
    [
      "a little of one in chunks",
      { bodySlowMs: 20, bodyIdleMs: 9_000 },
      "Transfer-Encoding: chunked",
      `2\r\n{ \r\n`,
    ],
    ["longer than it may", { bodyTotalMs: 20 }, "Transfer-Encoding: chunked", `2\r\n{ \r\n`],
  ])("%s", async (_what, clocks, lines, body) => {
    await using slow = await startGateway(proxies(openai(lab.url)), { clocks });
    const { text, closed } = await sendRaw(slow.port, post(lines, body));
    expect(statusesOf(text)).toEqual([408]);
    expect(text).toContain("Request timeout");
    expect(closed).toBe(true);
    expect(slow.records).toMatchObject([{ response: { status: 408 }, tries: [] }]);
  });
});

describe("bodies that are no JSON object", () => {
  const NOT_JSON = "content-type header does not match request body, or bad JSON formatting";

  test.each([
    ["nothing", ""],
    ["half of one", '{"messages": ['],
    ["a number", "1"],
    ["a string", '"hello"'],
    ["null", "null"],
    ["an array", "[]"],
    ["two objects", "{}{}"],
    ["a comment", "// {}"],
    ["NaN", '{"messages": NaN}'],
  ])("%s", async (_what, body) => {
    lab.reset();
    const response = await gateway.post("/ai", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: NOT_JSON } });
    expect(lab.requests).toHaveLength(0);
  });

  test("bytes that are no UTF-8", async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode(BODY.slice(0, -2)), 0xff, 0x7d]);
    const response = await fetch(`${gateway.url}/ai`, { method: "POST", body: bytes });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: NOT_JSON } });
  });

  test("a byte order mark is passed over", async () => {
    const response = await gateway.post("/ai", `\uFEFF${BODY}`);
    expect(response.status).toBe(200);
  });
});

test("of a member written twice upstream sees what the gateway saw", async () => {
  lab.reset();
  for (const name of ["model", "mod\\u0065l", "\\u006dodel"]) {
    const body = `{"${name}":"lab/400","model":"lab/echo",${BODY.slice(BODY.indexOf('"messages"'))}`;
    const response = await gateway.post("/ai", body);
    expect(response.status).toBe(200);
    const sent = lab.requests.at(-1)?.body ?? "";
    expect(JSON.parse(sent)).toMatchObject({ model: "lab/echo" });
    expect(sent.match(/lab\//g)).toHaveLength(1);
  }
});

describe("JSON that is nested deep", () => {
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const body = `{"model":"lab/echo","messages":[{"role":"user","content":"Hi"}],"x":${deep}}`;
  const target = openai("http://127.0.0.1:1");
  const guard = { name: "ai-prompt-guard", config: { deny_patterns: ["secret"] } };
  const key = { name: "key-auth", config: { key_in_body: true } };
  const preserved = { route_type: "preserve", model: { provider: "openai", name: "gpt-4o" } };
  test.each([
    ["sent on as it came", proxies(target), 400, "nested deeper than 64 levels"],
    ["written anew", proxies({ ...target, options_precedence: "request" }), 400, "nested deeper"],
    ["passed through", proxies({ ...target, ...preserved }), 400, "nested deeper than 64 levels"],
    ["looked into by a guard", { ...proxies(target), plugins: [guard] }, 400, ""],
    [
      "searched for a key",
      { ...proxies(target), plugins: [key] },
      401,
      "No API key found in request",
    ],
  ])("%s is refused before anything is written anew", async (_, config, status, words) => {
    await using gateway = await startGateway(config);
    const response = await gateway.post("/ai", body);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });
});

describe("expectations", () => {
  test("100-continue is answered, and then the request", async () => {
    const request = post(`Expect: 100-continue\r\nContent-Length: ${LENGTH}`);
    const { text } = await sendRaw(gateway.port, request, hasJson);
    expect(statusesOf(text)).toEqual([100, 200]);
  });

  test("any other is refused", async () => {
    const request = post(`Expect: magic\r\nContent-Length: ${LENGTH}`);
    const { text, closed } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([417]);
    expect(closed).toBe(true);
  });
});

describe("other protocols", () => {
  test.each(["CONNECT x:443", "TRACE /ai"])("%s", async (line) => {
    const request = `${line} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const { text, closed } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([405]);
    expect(closed).toBe(true);
  });

  test("the preface of HTTP/2", async () => {
    const { text, closed } = await sendRaw(gateway.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(statusesOf(text)).toEqual([400]);
    expect(closed).toBe(true);
  });

  test("an upgrade is not made, and not asked of the upstream", async () => {
    lab.reset();
    const upgrade = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: ${LENGTH}`;
    const { text } = await sendRaw(gateway.port, post(upgrade), hasJson);
    expect(statusesOf(text)).toEqual([200]);
    const sent = lab.requests[0]?.headers;
    expect([sent?.get("upgrade"), sent?.get("http2-settings")]).toEqual([null, null]);
  });
});

test.each(["", "Bearer", "Bearer  ", `Bearer ${"k".repeat(8192)}`, "\u00ff", "Basic ???"])(
  "an odd Authorization harms nothing and goes nowhere (%#)",
  async (value) => {
    lab.reset();
    const request = post(`Authorization: ${value}\r\nContent-Length: ${LENGTH}`);
    const { text } = await sendRaw(gateway.port, request, hasJson);
    expect(statusesOf(text)).toEqual([200]);
    expect(lab.requests[0]?.headers.get("authorization")).toBe("Bearer sk-vendor");
  },
);

test("headers named like an object's own members harm nothing", async () => {
  const lines = "__proto__: a\r\nconstructor: b\r\ntoString: c\r\nhasOwnProperty: d";
  const request = post(`${lines}\r\nContent-Length: ${LENGTH}`);
  const { text } = await sendRaw(gateway.port, request, hasJson);
  expect(statusesOf(text)).toEqual([200]);
});
