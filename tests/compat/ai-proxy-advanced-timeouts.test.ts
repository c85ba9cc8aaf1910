import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type HttpServer, startHttpServer } from "../../src/lab/http/server.ts";
import { balanced, QUESTION, target } from "../faults/balanced.ts";
import { startGateway } from "../gateway.ts";

const COMPLETION = `{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}`;
const ANSWER = new TextEncoder().encode(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${COMPLETION.length}\r\n\r\n${COMPLETION}`,
);

describe("P12 write_timeout and read_timeout share one clock, and the longer holds", () => {
  let slow: HttpServer;
  beforeAll(async () => {
    const answer = () => [{ do: "wait", ms: 400 } as const, { do: "send", bytes: ANSWER } as const];
    slow = await startHttpServer({ port: 0, hostname: "127.0.0.1", answer });
  });
  afterAll(() => slow.stop());

  test.each([
    ["a short write_timeout alone", { write_timeout: 20 }, 200],
    ["a short read_timeout alone", { read_timeout: 20 }, 504],
    ["both short", { read_timeout: 20, write_timeout: 30 }, 504],
    ["a longer write_timeout", { read_timeout: 20, write_timeout: 20_000 }, 200],
  ])("%s", async (_, timeouts, status) => {
    const upstream = { url: `http://127.0.0.1:${slow.port}` };
    await using gateway = await startGateway(
      balanced([target(upstream, "openai")], { ...timeouts, retries: 0 }),
    );
    expect((await gateway.post("/ai", QUESTION)).status).toBe(status);
  });
});
