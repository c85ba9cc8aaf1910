import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { answering, cached, QUESTION, status } from "../compat/plugins/cached-route.ts";
import { freePort, REDIS_SERVER, startRedis } from "../vectors/real-redis.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A store that does not answer costs a call this at most. */
const STORE_TIMEOUT_MS = 100;
/** So often; then nobody waits for it. */
const TIMEOUTS_UNTIL_OPEN = 5;

function onRedis(port: number, cache: object = {}) {
  const vectordb = { strategy: "redis", redis: { host: "127.0.0.1", port } };
  return cached(lab, { cache: { exact_caching: true, ...cache }, vectordb });
}

async function timed(ask: () => Promise<Response>) {
  const startedAtMs = performance.now();
  const response = await ask();
  await response.text();
  return { code: response.status, status: status(response), ms: performance.now() - startedAtMs };
}

test("an embedding model that fails is left alone after five times, and no call fails", async () => {
  await using model = answering(() => new Response("", { status: 500 }));
  await using route = await cached(lab, { embeddingsUrl: model.url });
  for (let call = 0; call < TIMEOUTS_UNTIL_OPEN; call += 1) {
    expect(await timed(() => route.post(QUESTION))).toMatchObject({ code: 200, status: "Bypass" });
  }
  const asked = model.count();
  expect(await timed(() => route.post(QUESTION))).toMatchObject({ code: 200, status: "Bypass" });
  expect(model.count()).toBe(asked);
});

describe.skipIf(!REDIS_SERVER)("answers kept in Redis", () => {
  test("are found by another gateway", async () => {
    const port = await freePort();
    const redis = await startRedis(port);
    try {
      await using one = await onRedis(port);
      await using other = await onRedis(port);
      // A first call may be too early for the connection, and what is kept is there behind the answer.
      const seen: (string | null)[] = [];
      while (seen.length < 100 && seen.at(-1) !== "Miss") {
        seen.push((await timed(() => one.post(QUESTION))).status);
      }
      while (seen.length < 200 && seen.at(-1) !== "Hit") {
        seen.push((await timed(() => other.post(QUESTION))).status);
      }
      expect(seen.at(-1)).toBe("Hit");
    } finally {
      await redis.stop();
    }
  });

  test("paused, no call fails, and after five that waited 100 ms none waits", async () => {
    const port = await freePort();
    const redis = await startRedis(port);
    try {
      await using route = await onRedis(port);
      let seenFirst: string | null = "Bypass";
      for (let call = 0; call < 100 && seenFirst === "Bypass"; call += 1) {
        seenFirst = (await timed(() => route.post(QUESTION))).status;
      }
      redis.pause();
      for (let call = 0; call < TIMEOUTS_UNTIL_OPEN; call += 1) {
        const { code, status: seen, ms } = await timed(() => route.post(QUESTION));
        expect([code, seen]).toEqual([200, "Bypass"]);
        expect(ms).toBeLessThan(STORE_TIMEOUT_MS * 5);
      }
      for (let call = 0; call < 20; call += 1) {
        const { code, status: seen, ms } = await timed(() => route.post(QUESTION));
        expect([code, seen]).toEqual([200, "Bypass"]);
        expect(ms).toBeLessThan(STORE_TIMEOUT_MS);
      }
      redis.resume();
    } finally {
      await redis.stop();
    }
  });

  test("killed under load, no call fails", async () => {
    const port = await freePort();
    const redis = await startRedis(port);
    await using route = await onRedis(port);
    const calls = Array.from({ length: 60 }, async (_, at) => {
      if (at === 20) await redis.stop();
      return (await timed(() => route.post(`${QUESTION} ${at % 7}`))).code;
    });
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
  });

  test("absent, stop_on_failure answers with 500", async () => {
    await using route = await onRedis(await freePort(), { stop_on_failure: true });
    expect((await timed(() => route.post(QUESTION))).code).toBe(500);
  });
});
