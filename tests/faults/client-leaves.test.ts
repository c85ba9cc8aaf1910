import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import net from "node:net";
import { type Lab, type RecordedRequest, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway, type TestGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A tenth of that on an idle machine; tests share theirs. One that is not left stays for a minute. */
const UPSTREAM_CLOSES_WITHIN_MS = 1_000;

/** Waits until the lab sees its client leave, and says how long that took. */
async function leftAfterMs(request: RecordedRequest | undefined, fromMs: number): Promise<number> {
  expect(await request?.outcome).toBe("client-left");
  return performance.now() - fromMs;
}

test("a client that leaves before its request is whole costs nothing", async () => {
  lab.reset();
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const head = "POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
  const socket = net.connect(gateway.port, "127.0.0.1", () => socket.end(`${head}{"model"`));
  const record = await gateway.record();
  expect(record.client_aborted).toBe(true);
  expect(record.tries).toEqual([]);
  expect(lab.requests).toHaveLength(0);
  socket.destroy();
});

test.each([
  ["stall-headers", true],
  ["stall", true],
  ["pings", true],
  ["stall-headers", false],
  ["stall", false],
])("%s, stream %p: the upstream is left at once", async (fault, stream) => {
  lab.reset();
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const control = new AbortController();
  const body = ask(`lab/${fault}`, { stream });
  const asking = gateway.post("/ai", body, { signal: control.signal }).catch(() => undefined);
  const request = await lab.waitForRequest();
  const leftAtMs = performance.now();
  control.abort();
  expect(await leftAfterMs(request, leftAtMs)).toBeLessThan(UPSTREAM_CLOSES_WITHIN_MS);
  const record = await gateway.record();
  expect(record).toMatchObject({ client_aborted: true, ai: { proxy: { usage: { cost: 0 } } } });
  expect(gateway.records).toHaveLength(1);
  await asking;
});

describe("a client that leaves a stream", () => {
  test.each([1, 2, 3, 5])("after %p reads", async (reads) => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await gateway.post("/ai", ask("lab/endless+slow-1", { stream: true }));
    const reader = response.body?.getReader();
    for (let read = 0; read < reads; read++) await reader?.read();
    const leftAtMs = performance.now();
    await reader?.cancel();
    expect(await leftAfterMs(lab.requests[0], leftAtMs)).toBeLessThan(UPSTREAM_CLOSES_WITHIN_MS);
    const record = await gateway.record();
    expect(record).toMatchObject({
      client_aborted: true,
      response: { status: 200 },
      ai: { proxy: { meta: { request_mode: "stream" }, usage: { estimated: true } } },
    });
    expect(record.response.size).toBeGreaterThan(0);
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
    expect(gateway.records).toHaveLength(1);
    expect(gateway.server.inFlight).toBe(0);
  });

  test("on its last event: the vendor's usage still counts", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await gateway.post("/ai", ask("lab/one-write", { stream: true }));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const record = await gateway.record();
    expect(record.ai?.proxy?.["usage"]).not.toHaveProperty("estimated");
    expect(record.ai?.proxy).toMatchObject({ usage: { prompt_tokens: 8 } });
  });
});

describe("a client that does not read", () => {
  const REQUEST = JSON.stringify(ask("lab/huge-event-1+endless", { stream: true }));

  /** Sends the request and reads nothing of the answer. */
  function stare(port: number): net.Socket {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.write(
        `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: ${REQUEST.length}\r\n\r\n${REQUEST}`,
      );
    });
    return socket.pause();
  }

  test("holds up the upstream, and memory stays where it is", async () => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const sockets = Array.from({ length: 10 }, () => stare(gateway.port));
    while (lab.requests.length < sockets.length) await lab.waitForRequest(fitsNumber(lab));
    await serveOthers(gateway);
    // The collector may be late once; what is buffered without end grows each time.
    const grownMiB: number[] = [];
    for (let round = 0; round < 3; round++) {
      const before = process.memoryUsage.rss();
      await serveOthers(gateway);
      grownMiB.push((process.memoryUsage.rss() - before) / 1_048_576);
    }
    expect(Math.min(...grownMiB)).toBeLessThan(20);
    for (const socket of sockets) socket.destroy();
    await gateway.record(sockets.length + 200);
    const streams = lab.requests.filter(({ body }) => body.includes("endless"));
    for (const { outcome } of streams) expect(await outcome).toBe("client-left");
  });

  test("is cut off in the end", async () => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)), {
      clocks: { clientStallMs: 100 },
    });
    const socket = stare(gateway.port);
    const record = await gateway.record();
    expect(record.client_aborted).toBe(true);
    expect(await lab.requests[0]?.outcome).toBe("client-left");
    socket.destroy();
  }, 10_000);
});

/** A request that has not come yet. */
function fitsNumber({ requests }: Lab): (request: RecordedRequest) => boolean {
  const last = requests.at(-1)?.number ?? 0;
  return ({ number }) => number > last;
}

/** As long as it takes to serve fifty other calls. */
async function serveOthers(gateway: TestGateway): Promise<void> {
  for (let call = 0; call < 50; call++) {
    const response = await gateway.post("/ai", ask("lab/echo"));
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
}

test("a client that closes its half is answered", async () => {
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const body = JSON.stringify(ask("lab/echo"));
  const request = `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  const { text } = await sendRaw(gateway.port, request);
  expect(statusesOf(text)).toEqual([200]);
});
