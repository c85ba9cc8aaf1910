import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { z } from "zod";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { definePlugin } from "../../src/plugins/define-plugin.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A proxy with these plugins besides, on every route. */
const withPlugins = (...plugins: object[]) => ({ ...proxies(openai(lab.url)), plugins });

/** Calls of every kind, whose answers no log may touch. */
async function expectUnharmed(config: object, options: Parameters<typeof startGateway>[1] = {}) {
  const silenced = spyOn(console, "error").mockImplementation(() => undefined);
  try {
    await using gateway = await startGateway(config, options);
    for (const stream of [false, true]) {
      const response = await gateway.post("/ai", ask("lab/echo", { stream }));
      expect(response.status).toBe(200);
      const text = await response.text();
      if (stream) expect(text).toEndWith("data: [DONE]\n\n");
      else expect(JSON.parse(text)).toMatchObject({ choices: [{ finish_reason: "stop" }] });
    }
    expect((await gateway.post("/ai", ask("lab/500"))).status).toBe(500);
    expect((await gateway.post("/ai", {})).status).toBe(400);
    expect((await gateway.post("/nowhere", {})).status).toBe(404);
    await gateway.record(5);
    expect(gateway.records).toHaveLength(5);
  } finally {
    silenced.mockRestore();
  }
}

test("a full disk under the log", async () => {
  const config = withPlugins({ name: "file-log", config: { path: "/dev/full" } });
  await expectUnharmed(config);
});

test("a log server that nobody runs", async () => {
  const queue = { max_retry_time: 0.1, max_coalescing_delay: 0.001 };
  const config = withPlugins({
    name: "http-log",
    config: { http_endpoint: "http://127.0.0.1:1/log", timeout: 50, queue },
  });
  await expectUnharmed(config);
});

test("a log plugin that throws", async () => {
  const broken = definePlugin({
    name: "broken-log",
    priority: 5,
    about: "Fails.",
    options: z.strictObject({}),
    scopes: ["route"],
    create: () => ({
      log() {
        throw new Error("out of ink");
      },
    }),
  });
  await expectUnharmed(withPlugins({ name: "broken-log" }), { plugins: [broken] });
});
