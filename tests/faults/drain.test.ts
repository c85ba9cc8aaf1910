import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, eventsOf, openai, proxies, startGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const SHUTTING_DOWN = "the gateway is shutting down";

describe("a gateway that is told to stop", () => {
  test("finishes the streams under way, and stops when the last is done", async () => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await gateway.post("/ai", ask("lab/slow-10", { stream: true }));
    gateway.server.startDraining();
    const stopped = gateway.server.stop(30_000);
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
    await stopped;
    expect(gateway.server.inFlight).toBe(0);
    expect(gateway.records).toHaveLength(1);
    expect(gateway.records[0]?.ai?.proxy).not.toHaveProperty("meta.stream_error");
    expect(fetch(`${gateway.url}/ai`)).rejects.toThrow();
  });

  test("ends streams at the deadline with an error in their own dialect", async () => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await gateway.post("/ai", ask("lab/stall-mid-stream", { stream: true }));
    const stopped = gateway.server.stop(10);
    const events = eventsOf(await response.text());
    expect(events.filter((data) => data.startsWith('{"error"'))).toEqual([
      expect.stringContaining(SHUTTING_DOWN),
    ]);
    await stopped;
    expect(await lab.requests[0]?.outcome).toBe("client-left");
    const record = await gateway.record();
    expect(record.client_aborted).toBeUndefined();
    expect(record.ai?.proxy).toHaveProperty("meta.stream_error.code", "draining");
  });

  test.each([
    ["text/plain", "transfer-encoding: chunked", "5\r\nhello\r\n"],
    ["text/event-stream", "transfer-encoding: chunked", "d\r\ndata: hello\n\n\r\n"],
    ["text/plain", "content-length: 100", "hello"],
  ])(
    "cuts a service's %s with %s behind its last byte: no reset, and no end that says it is whole",
    async (type, length, body) => {
      const asked = Promise.withResolvers<void>();
      const answer = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${length}\r\n\r\n${body}`;
      const service = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: { data: (socket) => void socket.write(answer) },
      });
      const url = `http://127.0.0.1:${service.port}`;
      const routes = [{ name: "plain", paths: ["/plain"] }];
      await using gateway = await startGateway({
        _format_version: "3.0",
        services: [{ name: "plain", url, routes }],
      });
      // A reset would reject.
      const request = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";
      const reading = sendRaw(gateway.port, request, (text) => {
        if (text.includes("hello")) asked.resolve();
        return false;
      });
      await asked.promise;
      await gateway.server.stop(10);
      const { text, closed } = await reading;
      expect(closed).toBe(true);
      expect(text).toContain("hello");
      expect(text).not.toContain("\r\n0\r\n");
      expect(await gateway.record()).toMatchObject({ tries: [{ code: 200 }] });
      expect((await gateway.record()).client_aborted).toBeUndefined();
      service.stop(true);
    },
  );

  test.each([
    ["stall-headers", false],
    ["stall", false],
    ["stall-headers", true],
    ["stall", true],
  ])("answers what waits for %s, stream %p, with 503 at the deadline", async (fault, stream) => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const asking = gateway.post("/ai", ask(`lab/${fault}`, { stream }));
    const request = await lab.waitForRequest();
    const stopped = gateway.server.stop(10);
    const response = await asking;
    expect(response.status).toBe(503);
    expect(response.headers.get("connection")).toBe("close");
    expect(await response.json()).toMatchObject({
      message: SHUTTING_DOWN,
      error: { code: "draining" },
    });
    expect(await request.outcome).toBe("client-left");
    await stopped;
  });
});

describe("connections while draining", () => {
  test("are told to close, each by its next answer", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const before = await gateway.post("/ai", ask("lab/echo"));
    expect(before.headers.get("connection")).not.toBe("close");
    await before.arrayBuffer();
    gateway.server.startDraining();
    const body = JSON.stringify(ask("lab/echo"));
    const request = `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { text, closed } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([200]);
    expect(text).toMatch(/connection: close/i);
    expect(closed).toBe(true);
  });

  test("that began before are told as well", async () => {
    lab.reset();
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const asking = gateway.post("/ai", ask("lab/slow-10", { stream: true }));
    await lab.waitForRequest();
    gateway.server.startDraining();
    const response = await asking;
    expect(response.headers.get("connection")).toBe("close");
    await response.text();
  });

  test("that are idle do not keep the gateway", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const body = JSON.stringify(ask("lab/echo"));
    const request = `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const idle = sendRaw(gateway.port, request);
    await gateway.record();
    await gateway.server.stop(30_000);
    const { text, closed } = await idle;
    expect(statusesOf(text)).toEqual([200]);
    expect(closed).toBe(true);
  });
});
