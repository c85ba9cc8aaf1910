import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { GatewayError } from "../../src/chat/error.ts";
import type { Send } from "../../src/gateway/call/upstream.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { definePlugin } from "../../src/plugins/define-plugin.ts";
import { ask, startGateway } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const service = (more: object = {}) => ({
  _format_version: "3.0",
  services: [{ url: lab.url, routes: [{ paths: ["/lab"] }], ...more }],
});

const FAILED = { state: "failed" };
const failedTries = (count: number) => Array.from({ length: count }, () => FAILED);

/** A network that makes no connection the first times; `touch` sees each request that is lost. */
function unreachable(times: number, touch: (body: unknown) => Promise<void> = async () => {}) {
  let left = times;
  const lossy =
    (send: Send): Send =>
    async (outgoing, client, clocks) => {
      if (left === 0) return send(outgoing, client, clocks);
      left -= 1;
      await touch(outgoing.body);
      throw new GatewayError("upstream_connect_failed", "no way there");
    };
  return definePlugin({
    name: "unreachable",
    priority: 1,
    about: "Loses requests before they are sent.",
    options: z.strictObject({}),
    scopes: [],
    create: () => ({ handle: (call, next) => next({ ...call, send: lossy(call.send) }) }),
  });
}

const throughIt = (times: number, touch?: (body: unknown) => Promise<void>) =>
  startGateway(
    { ...service({ retries: 2 }), plugins: [{ name: "unreachable" }] },
    { plugins: [unreachable(times, touch)] },
  );

describe("a service's retries", () => {
  test.each([
    [{ retries: 3 }, 4],
    [{ retries: 0 }, 1],
    [{}, 6],
  ])("%p to a port where nobody listens makes so many attempts: %d", async (retries, tries) => {
    await using gateway = await startGateway(service({ url: "http://127.0.0.1:1", ...retries }));
    expect((await gateway.post("/lab/x", { a: 1 })).status).toBe(502);
    expect((await fetch(`${gateway.url}/lab/x`)).status).toBe(502);
    expect(await gateway.record(1)).toMatchObject({ tries: failedTries(tries) });
    expect(await gateway.record(2)).toMatchObject({ tries: failedTries(tries) });
  });

  const LARGE = "x".repeat(200_000);

  test.each([
    ["no body", () => ({ method: "GET" }), ""],
    ["a small body", () => ({ method: "POST", body: "small" }), "small"],
    ["a large body", () => ({ method: "POST", body: LARGE }), LARGE],
    ["a body of unknown length", () => ({ method: "POST", body: new Blob(["a"]).stream() }), "a"],
  ])("a request with %s arrives once, and whole", async (_, init, body) => {
    await using gateway = await throughIt(2);
    const response = await fetch(`${gateway.url}/lab/anything`, init());
    expect(response.status).toBe(200);
    expect(lab.requests.map((request) => request.body)).toEqual([body]);
    expect(await gateway.record()).toMatchObject({ tries: [FAILED, FAILED, { code: 200 }] });
  });

  test("a stream that somebody has begun to read is not sent again", async () => {
    await using gateway = await throughIt(1, async (body) => {
      if (body instanceof ReadableStream) await body.getReader().read();
    });
    const init = { method: "POST", body: LARGE };
    expect((await fetch(`${gateway.url}/lab/anything`, init)).status).toBe(502);
    expect(lab.requests).toHaveLength(0);
    expect(await gateway.record()).toMatchObject({ tries: [FAILED] });
  });

  test.each([
    ["reset-before-headers", 502],
    ["503", 503],
  ])("what was sent is not sent again: %s", async (model, status) => {
    // A connection that was kept may be lost as the request goes out: decision 0007 answers that.
    const fresh = await startLab();
    await using gateway = await startGateway(service({ url: fresh.url }));
    const response = await gateway.post("/lab/v1/chat/completions", ask(`lab/${model}`));
    expect(response.status).toBe(status);
    expect(fresh.requests).toHaveLength(1);
    const { tries } = await gateway.record();
    expect(tries).toHaveLength(1);
    await fresh.stop();
  });
});
