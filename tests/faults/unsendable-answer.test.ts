import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { startHttpServer } from "../../src/lab/http/server.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { definePlugin } from "../../src/plugins/define-plugin.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

/** Answers that HTTP has no form for. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const utf8 = new TextEncoder();

describe("a status that does not exist is no answer", () => {
  test.each(["999", "600", "000"])("%s", async (status) => {
    const upstream = await startHttpServer({
      port: 0,
      hostname: "127.0.0.1",
      answer: () => [
        {
          do: "send",
          bytes: utf8.encode(`HTTP/1.1 ${status} OK\r\ncontent-length: 2\r\n\r\n{}`),
        },
      ],
    });
    const url = `http://127.0.0.1:${upstream.port}`;
    try {
      const plain = { name: "plain", url, routes: [{ name: "plain", paths: ["/plain"] }] };
      await using service = await startGateway({ _format_version: "3.0", services: [plain] });
      expect((await service.post("/plain", {})).status).toBe(502);
      await using gateway = await startGateway(proxies(openai(url)));
      for (const stream of [false, true]) {
        const response = await gateway.post("/ai", ask("m", { stream }));
        expect([response.status, await response.json()]).toMatchObject([
          502,
          { error: { code: "upstream_bad_response" } },
        ]);
      }
      expect(await gateway.record(2)).toMatchObject({ response: { status: 502 }, source: "kong" });
    } finally {
      await upstream.stop();
    }
  });
});

test("a model's name has a length, since metrics keep it", async () => {
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const response = await gateway.post("/ai", ask("m".repeat(257)));
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: "the model's name is longer than 256 characters" } },
  ]);
});

describe("a header that cannot be sent", () => {
  const spoiling = definePlugin({
    name: "spoiling",
    priority: 1,
    about: "Writes a header that is none.",
    scopes: [],
    options: z.object({}),
    create: () => ({
      async handle(call, next) {
        const reply = await next(call);
        reply.headers.set("x-bad", "a\nb");
        return reply;
      },
    }),
  });
  const config = { ...proxies(openai("")), plugins: [{ name: "spoiling", config: {} }] };

  test.each([false, true])("ends the call with one error, stream %p", async (stream) => {
    const target = openai(lab.url);
    await using gateway = await startGateway(
      { ...config, ...proxies(target) },
      { plugins: [spoiling] },
    );
    const traits = stream ? "endless+slow-1" : "echo";
    const response = await gateway.post("/ai", ask(`lab/${traits}`, { stream }));
    expect(response.status).toBe(500);
    await response.text();
    expect(await gateway.record()).toMatchObject({ response: { status: 500 } });
    expect(gateway.records).toHaveLength(1);
    expect(await lab.requests[0]?.outcome).toBe(stream ? "client-left" : "answered");
    if (stream) expect(gateway.counted()).toContain("dragoman_streams_in_flight 0\n");
  });
});
