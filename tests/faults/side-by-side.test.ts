import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { figure } from "../figures.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";
import { asked, balanced, EVERYTHING, QUESTION, target } from "./balanced.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** A target that fails, whose circuit opens at once, and one that stands in for it. */
const failing = () =>
  balanced(
    [target(lab, "openai", "503", { weight: 2 }), target(lab, "cohere", "plain", { weight: 1 })],
    {
      algorithm: "priority",
      failover_criteria: EVERYTHING,
      max_fails: 1,
      fail_timeout: 600_000,
    },
  );

const FAILED = 'dragoman_upstream_errors_total{provider="openai",code="http_503"}';

/** Answers with the port that the gateway's connection came from. */
function portTeller() {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => new Response(String(server.requestIP(request)?.port)),
  });
  const plain = {
    _format_version: "3.0",
    services: [{ name: "plain", url: server.url.origin, routes: [{ name: "all", paths: ["/"] }] }],
  };
  return { plain, [Symbol.asyncDispose]: () => server.stop(true) };
}

describe("two gateways side by side", () => {
  test("what one has learnt of a target, and counted, is not the other's", async () => {
    await using one = await startGateway(failing());
    await using other = await startGateway(failing());
    for (let call = 1; call <= 2; call += 1) {
      expect((await one.post("/ai", QUESTION)).status).toBe(200);
      await one.record(call);
    }
    // Its circuit is open: the second call leaves it alone.
    expect(asked(lab)).toEqual(["openai", "cohere", "cohere"]);
    expect([figure(one, FAILED), figure(other, FAILED)]).toEqual([1, 0]);
    lab.reset();
    expect((await other.post("/ai", QUESTION)).status).toBe(200);
    await other.record();
    expect(asked(lab)).toEqual(["openai", "cohere"]);
    expect([figure(one, FAILED), figure(other, FAILED)]).toEqual([1, 1]);
    const requests = 'dragoman_requests_total{code="200"}';
    expect([figure(one, requests), figure(other, requests)]).toEqual([2, 1]);
  });

  test("each has its own connections", async () => {
    await using teller = portTeller();
    await using one = await startGateway(teller.plain);
    await using other = await startGateway(teller.plain);
    const portOf = async ({ url }: { readonly url: string }) => (await fetch(url)).text();
    const first = await portOf(one);
    const second = await portOf(other);
    expect(second).not.toBe(first);
    expect([await portOf(one), await portOf(other)]).toEqual([first, second]);
  });

  test("one that goes down ends its own calls alone", async () => {
    const config = proxies(openai(lab.url));
    await using other = await startGateway(config);
    const one = await startGateway(config);
    const stalled = ask("lab/stall-headers");
    const ended = one.post("/ai", stalled);
    const waiting = new AbortController();
    const kept = other.post("/ai", stalled, { signal: waiting.signal });
    await lab.waitForRequest();
    while (lab.requests.length < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    await one[Symbol.asyncDispose]();
    expect((await ended).status).toBe(503);
    expect(other.server.inFlight).toBe(1);
    waiting.abort();
    await expect(kept).rejects.toThrow();
    expect(await other.record()).toMatchObject({ client_aborted: true });
  });
});

describe("two generations of one process", () => {
  test("the next knows what was learnt of targets, and goes on counting", async () => {
    await using first = await startGateway(failing());
    await first.post("/ai", QUESTION);
    await first.record();
    expect(asked(lab)).toEqual(["openai", "cohere"]);
    lab.reset();
    const { processState } = first.gateway;
    await using next = await startGateway(failing(), { processState });
    expect((await next.post("/ai", QUESTION)).status).toBe(200);
    await next.record();
    expect(asked(lab)).toEqual(["cohere"]);
    expect(figure(next, FAILED)).toBe(1);
    expect(figure(next, 'dragoman_requests_total{code="200"}')).toBe(2);
  });

  test("the next goes on with the connections of the last", async () => {
    await using teller = portTeller();
    await using first = await startGateway(teller.plain);
    const port = await (await fetch(first.url)).text();
    const { processState } = first.gateway;
    await using next = await startGateway(teller.plain, { processState });
    expect(await (await fetch(next.url)).text()).toBe(port);
  });
});
