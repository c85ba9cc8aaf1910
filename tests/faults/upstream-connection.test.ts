import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startHttpServer } from "../../src/lab/http/server.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway, textOf } from "../gateway.ts";
import { SELF_SIGNED } from "./self-signed.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const INVALID = "An invalid response was received from the upstream server";
const TIMING_OUT = "The upstream server is timing out";

const at = (url: string) => ({ model: { provider: "openai", options: { upstream_url: url } } });
const labAt = (over: object = {}) => proxies(openai(lab.url, { ...over }));

/** The port of a peer that answers the first bytes with these, or by leaving, and then says nothing. */
function blunt(does: readonly string[]): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        for (const one of does) {
          if (one === "reset") socket.terminate();
          else if (one === "close") socket.end();
          else socket.write(Buffer.from(one, "latin1"));
        }
      },
    },
  });
  listeners.push(listener);
  return listener.port;
}

const listeners: Bun.TCPSocketListener[] = [];
afterAll(() => {
  for (const listener of listeners) listener.stop(true);
});

/** What a call that reached no usable answer looks like to client and log. */
async function failure(
  config: object,
  body: object,
  clocks: NonNullable<Parameters<typeof startGateway>[1]>["clocks"] = {},
) {
  await using gateway = await startGateway(config, { clocks });
  const response = await gateway.post("/ai", body);
  const answer = await response.json();
  const record = await gateway.record();
  expect(gateway.records).toHaveLength(1);
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(answer).toMatchObject({ request_id: response.headers.get("x-kong-request-id") });
  return { status: response.status, answer, record };
}

describe.each([false, true])("no answer from the upstream, stream %p", (stream) => {
  test("connection refused", async () => {
    const config = proxies(openai(lab.url, at("http://127.0.0.1:1/v1/chat/completions")));
    const { status, answer, record } = await failure(config, ask("m", { stream }));
    expect(status).toBe(502);
    expect(answer).toMatchObject({
      message: INVALID,
      error: { message: INVALID, type: "upstream_error", code: "upstream_connect_failed" },
    });
    expect(record.tries).toMatchObject([{ host: "127.0.0.1", port: 1, state: "failed" }]);
    expect(record.source).toBe("kong");
  });

  test("a certificate that nobody vouches for", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: SELF_SIGNED,
      fetch: () => Response.json({}),
    });
    try {
      const config = proxies(openai(lab.url, at(`https://127.0.0.1:${server.port}/v1`)));
      const { status, answer } = await failure(config, ask("m", { stream }));
      expect(status).toBe(502);
      expect(answer).toMatchObject({ message: INVALID, error: { code: "upstream_tls" } });
    } finally {
      await server.stop(true);
    }
  });

  test("a TLS handshake that nobody answers", async () => {
    const config = proxies(openai(lab.url, at(`https://127.0.0.1:${lab.port}/v1`)));
    const { status, answer } = await failure(config, ask("m", { stream }), { headersMs: 20 });
    expect(status).toBe(504);
    expect(answer).toMatchObject({ message: TIMING_OUT });
  });

  test.each([
    ["resets after ClientHello", "upstream_tls", "https", ["reset"]],
    ["ends after ClientHello", "upstream_tls", "https", ["close"]],
    ["does not speak TLS", "upstream_tls", "https", ["HTTP/1.1 400 Bad Request\r\n\r\n"]],
    ["says bytes that are no HTTP", "upstream_reset", "http", ["\x00\x01"]],
  ])("an upstream that %s fails at once", async (_name, code, scheme, does) => {
    const port = blunt(does);
    const config = proxies(openai(lab.url, at(`${scheme}://127.0.0.1:${port}/v1`)));
    const startedAtMs = performance.now();
    const { status, answer } = await failure(config, ask("m", { stream }));
    expect(status).toBe(502);
    expect(answer).toMatchObject({ message: INVALID, error: { code } });
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  test.each(["not-http", "interim-flood"])("%s fails at once", async (fault) => {
    const startedAtMs = performance.now();
    const { status, answer } = await failure(labAt(), ask(`lab/${fault}`, { stream }));
    expect(status).toBe(502);
    expect(answer).toMatchObject({ message: INVALID, error: { code: "upstream_reset" } });
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  test.each(["reset-before-headers", "reset-mid-headers"])("%s", async (fault) => {
    const own = await startLab();
    try {
      const config = proxies(openai(own.url));
      const { status, answer } = await failure(config, ask(`lab/${fault}`, { stream }));
      expect(status).toBe(502);
      expect(answer).toMatchObject({ message: INVALID, error: { code: "upstream_reset" } });
      // On a fresh connection a lost answer may have been paid for: it is not asked for again.
      expect(own.requests).toHaveLength(1);
    } finally {
      await own.stop();
    }
  });

  test("no headers in time", async () => {
    lab.reset();
    const model = "lab/stall-headers";
    const { status, answer } = await failure(labAt(), ask(model, { stream }), { headersMs: 20 });
    expect(status).toBe(504);
    expect(answer).toMatchObject({ message: TIMING_OUT, error: { code: "upstream_timeout" } });
    expect(await lab.requests[0]?.outcome).toBe("client-left");
  });

  test("a redirect is not followed", async () => {
    lab.reset();
    const { status, answer } = await failure(labAt(), ask("lab/redirect", { stream }));
    expect(status).toBe(502);
    expect(answer).toMatchObject({ error: { code: "upstream_redirect" } });
    expect(lab.requests.map(({ path }) => path)).toEqual(["/v1/chat/completions"]);
  });

  test("more headers than are read", async () => {
    const { status, answer } = await failure(labAt(), ask("lab/many-headers", { stream }));
    expect(status).toBe(502);
    expect(answer).toMatchObject({ message: INVALID });
  });
});

test("a name that nobody has", async () => {
  const config = proxies(openai(lab.url, at("http://no-such-host.invalid/v1")));
  const { status, answer } = await failure(config, ask("m"));
  expect(status).toBe(503);
  expect(answer).toMatchObject({
    message: "name resolution failed",
    error: { code: "upstream_dns" },
  });
});

test("a pooled connection that the peer closed is not the client's trouble", async () => {
  await using gateway = await startGateway(labAt());
  for (let call = 0; call < 50; call++) {
    const response = await gateway.post("/ai", ask("lab/close-idle"));
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
});

test("a reused connection that dies without a byte is tried once more, afresh", async () => {
  let asked = 0;
  const ok = `{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}`;
  const bytes = new TextEncoder().encode(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ok.length}\r\n\r\n${ok}`,
  );
  const connections: number[] = [];
  const upstream = await startHttpServer({
    port: 0,
    hostname: "127.0.0.1",
    answer({ connection }) {
      asked += 1;
      connections.push(connection);
      return asked === 2 ? [{ do: "reset" }] : [{ do: "send", bytes }];
    },
  });
  try {
    const url = `http://127.0.0.1:${upstream.port}/v1`;
    await using gateway = await startGateway(proxies(openai(lab.url, at(url))));
    for (let call = 0; call < 2; call++) {
      const response = await gateway.post("/ai", ask("m"));
      expect([response.status, await response.text()]).toEqual([200, ok]);
    }
    expect(connections).toEqual([1, 1, 2]);
  } finally {
    await upstream.stop();
  }
});

test("a reused connection that dies when the answer is long under way is not tried again", async () => {
  let asked = 0;
  const bytes = new TextEncoder().encode(
    "HTTP/1.1 503 Busy\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n",
  );
  const upstream = await startHttpServer({
    port: 0,
    hostname: "127.0.0.1",
    answer() {
      asked += 1;
      return asked === 1 ? [{ do: "send", bytes }] : [{ do: "wait", ms: 1_050 }, { do: "reset" }];
    },
  });
  try {
    const url = `http://127.0.0.1:${upstream.port}/v1`;
    await using gateway = await startGateway(proxies(openai(lab.url, at(url))));
    expect((await gateway.post("/ai", ask("m"))).status).toBe(503);
    expect((await gateway.post("/ai", ask("m"))).status).toBe(502);
    expect(asked).toBe(2);
  } finally {
    await upstream.stop();
  }
});

test("a whole answer that takes for ever", async () => {
  lab.reset();
  const { status, answer } = await failure(labAt(), ask("lab/stall"), { totalMs: 20 });
  expect(status).toBe(504);
  expect(answer).toMatchObject({ message: TIMING_OUT, error: { code: "upstream_timeout" } });
  expect(await lab.requests[0]?.outcome).toBe("client-left");
});

test.each([false, true])("interim replies are passed over, stream %p", async (stream) => {
  await using gateway = await startGateway(labAt());
  const response = await gateway.post("/ai", ask("lab/early-hints+echo", { stream }));
  expect(response.status).toBe(200);
  expect(response.headers.get("link")).toBeNull();
  const text = await response.text();
  expect(stream ? textOf(text) : text).toContain("Say hello to the world");
});
