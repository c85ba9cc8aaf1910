import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startAdminServer } from "../../../src/admin/admin-server.ts";
import { createProcessState } from "../../../src/gateway/create-process-state.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { cached, QUESTION, status } from "./cached-route.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A route with a cache that holds one answer, and the admin listener of its process. */
async function administered(hostname = "127.0.0.1") {
  const route = await cached(lab, { cache: { exact_caching: true } });
  const { processState } = route.gateway.gateway;
  const admin = await startAdminServer({
    hostname,
    port: 0,
    processState,
    notReady: () => undefined,
  });
  const first = await route.post(QUESTION);
  await first.text();
  const ask = (method: string, path: string) =>
    fetch(`http://127.0.0.1:${admin.port}/ai-semantic-cache${path}`, { method });
  return {
    ask,
    processState,
    key: first.headers.get("x-cache-key") ?? "",
    again: async () => status(await route.post(QUESTION)),
    async [Symbol.asyncDispose]() {
      await admin.stop();
      await route[Symbol.asyncDispose]();
    },
  };
}

const pluginIdOf = async (ask: (method: string, path: string) => Promise<Response>, key: string) =>
  ((await (await ask("GET", `/${key}`)).json()) as { plugin_id: string }).plugin_id;

test("an answer is shown by its key, and forgotten by it", async () => {
  await using cache = await administered();
  const { ask, key } = cache;
  const shown = await ask("GET", `/${key}`);
  expect(shown.status).toBe(200);
  expect(await shown.json()).toMatchObject({
    key,
    question: QUESTION,
    response: { choices: [{}] },
  });
  const deleted = await ask("DELETE", `/${key}`);
  expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
  expect((await ask("GET", `/${key}`)).status).toBe(404);
  expect((await ask("DELETE", `/${key}`)).status).toBe(404);
  expect(await cache.again()).toBe("Miss");
});

test("the same below its plugin's id; another id has none", async () => {
  await using cache = await administered();
  const { ask, key } = cache;
  const id = encodeURIComponent(await pluginIdOf(ask, key));
  expect((await ask("GET", `/${id}/caches/${key}`)).status).toBe(200);
  expect((await ask("GET", `/other/caches/${key}`)).status).toBe(404);
  expect((await ask("DELETE", `/other/caches/${key}`)).status).toBe(404);
  expect((await ask("DELETE", `/${id}/caches/${key}`)).status).toBe(204);
  expect((await ask("DELETE", `/${id}/caches/${key}`)).status).toBe(404);
});

describe("all answers are forgotten", () => {
  test("of every plugin", async () => {
    await using cache = await administered();
    expect((await cache.ask("DELETE", "")).status).toBe(204);
    expect(await cache.again()).toBe("Miss");
  });

  test("of one", async () => {
    await using cache = await administered();
    const id = encodeURIComponent(await pluginIdOf(cache.ask, cache.key));
    expect((await cache.ask("DELETE", `/${id}/caches`)).status).toBe(204);
    expect(await cache.again()).toBe("Miss");
  });
});

test("a store that fails is a 500", async () => {
  const processState = createProcessState();
  const fail = async () => {
    throw new Error("no connection");
  };
  processState.answerStores.add("p", { get: fail, remove: fail, removeAll: fail });
  const admin = await startAdminServer({
    hostname: "127.0.0.1",
    port: 0,
    processState,
    notReady: () => undefined,
  });
  for (const [method, path] of [
    ["DELETE", ""],
    ["GET", "/k"],
    ["DELETE", "/k"],
  ] as const) {
    const response = await fetch(`http://127.0.0.1:${admin.port}/ai-semantic-cache${path}`, {
      method,
    });
    expect(response.status).toBe(500);
  }
  await admin.stop();
});

test("nothing is shown or forgotten where others than this machine can ask", async () => {
  await using cache = await administered("0.0.0.0");
  for (const method of ["GET", "DELETE"]) {
    const response = await cache.ask(method, `/${cache.key}`);
    expect(response.status).toBe(403);
  }
  expect(await cache.again()).toBe("Hit");
});

test.each([
  ["POST", ""],
  ["GET", ""],
  ["PUT", "/k"],
])("%s %p is not allowed", async (method, path) => {
  await using cache = await administered();
  expect((await cache.ask(method, path)).status).toBe(405);
});
