import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import net from "node:net";
import { type BodyBudget, bodyBudget } from "../../src/gateway/call/body-budget.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, type GatewayOptions, openai, proxies, startGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

const ROOM = 1_000;

let lab: Lab;
let budget: BodyBudget;
let shed: number;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => {
  lab.reset();
  shed = 0;
  budget = bodyBudget(ROOM, () => {
    shed += 1;
  });
});

function start(config: object = proxies(openai(lab.url)), options: GatewayOptions = {}) {
  return startGateway(config, { ...options, processState: { bodyBudget: budget } });
}

/** A request whose body is for the caller to send. */
function head(...lines: readonly string[]): string {
  return `${["POST /ai HTTP/1.1", "Host: x", "Content-Type: application/json", ...lines].join("\r\n")}\r\n\r\n`;
}

const hasJson = (text: string) => /\r\n\r\n[\s\S]*\}\s*$/.test(text);
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const LONG = "x".repeat(600);

describe("bytes of bodies in flight", () => {
  test("a body that there is no room for is refused before a byte of it is read", async () => {
    await using gateway = await start();
    const request = head(`Content-Length: ${ROOM + 1}`);
    const { text } = await sendRaw(gateway.port, request, hasJson);
    expect(statusesOf(text)).toEqual([503]);
    expect(text).toMatch(/retry-after: 2\r\n/i);
    const { error } = JSON.parse(text.slice(text.indexOf("\r\n\r\n")));
    expect(error.message).toStartWith("the gateway holds as many bytes of request bodies");
    expect(error).toHaveProperty("code");
    expect(shed).toBe(1);
    expect(budget.heldBytes).toBe(0);
    expect(lab.requests).toHaveLength(0);
  });

  test("a body in chunks is counted as it comes", async () => {
    await using gateway = await start();
    const request = head("Transfer-Encoding: chunked") + chunk(LONG) + chunk(LONG);
    const { text } = await sendRaw(gateway.port, request, hasJson);
    expect(statusesOf(text)).toEqual([503]);
    expect(shed).toBe(1);
    expect(budget.heldBytes).toBe(0);
  });

  test("a compressed body is counted as what it grows into", async () => {
    await using gateway = await start();
    const body = Bun.gzipSync(JSON.stringify(ask("lab/echo", { user: LONG + LONG })));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const response = await fetch(`${gateway.url}/ai`, { method: "POST", body, headers });
    expect(response.status).toBe(503);
    expect(budget.heldBytes).toBe(0);
  });

  test("what one call holds is room that another lacks, until it is over", async () => {
    await using gateway = await start();
    const { socket, held } = await holding(gateway.port);
    expect(held).toBe(700);
    const refused = await gateway.post("/ai", ask("lab/echo", { user: LONG }));
    expect(refused.status).toBe(503);
    socket.destroy();
    await gateway.record(2);
    expect(budget.heldBytes).toBe(0);
    expect((await gateway.post("/ai", ask("lab/echo", { user: LONG }))).status).toBe(200);
  });

  /** A client in the middle of its body. */
  async function holding(port: number) {
    const socket = net.connect(port, "127.0.0.1");
    socket.write(`${head("Content-Length: 700")}{`);
    const taken = budget.heldBytes;
    while (budget.heldBytes === taken) await new Promise<void>((resolve) => setImmediate(resolve));
    return { socket, held: budget.heldBytes };
  }

  test.each([
    ["an answer", "lab/echo", {}],
    ["a stream", "lab/echo", { stream: true }],
    ["a vendor's error", "lab/500", {}],
    ["a stream that breaks", "lab/reset-mid-stream", { stream: true }],
    ["a request that is refused", "lab/echo", { messages: [] }],
  ])("%s gives back what its request held", async (_what, model, more) => {
    await using gateway = await start();
    const response = await gateway.post("/ai", ask(model, more));
    await response.text().catch(() => undefined);
    await gateway.record();
    expect(budget.heldBytes).toBe(0);
  });

  test("a client that is too slow gives back what it held, and takes nothing afterwards", async () => {
    await using gateway = await start(undefined, { clocks: { bodyIdleMs: 20 } });
    const request = head("Transfer-Encoding: chunked") + chunk(LONG);
    const { text } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([408]);
    expect(budget.heldBytes).toBe(0);
  });

  test("a body that only flows through is held by nobody", async () => {
    const { url } = lab;
    await using gateway = await start({
      _format_version: "3.0",
      services: [{ name: "plain", url, routes: [{ name: "all", paths: ["/lab"] }] }],
    });
    const body = "x".repeat(200_000);
    const response = await fetch(`${gateway.url}/lab/anything`, { method: "PUT", body });
    expect(response.status).toBe(200);
    expect(shed).toBe(0);
  });
});

test("bytes are given back once, and none are taken for a call that is over", () => {
  const call = { heldBytes: 0 };
  const other = { heldBytes: 0 };
  budget.take(call, 400);
  budget.take(call, 200);
  budget.take(other, 300);
  expect(() => budget.take(other, 200)).toThrow("try again shortly");
  budget.release(call);
  budget.release(call);
  expect(budget.heldBytes).toBe(300);
  expect(() => budget.take(call, 1)).toThrow("the call is over");
  expect(budget.heldBytes).toBe(300);
});
