import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A route of a service with these timeouts, on which ai-proxy stands. */
function config(timeouts: object, over: Parameters<typeof openai>[1] = {}) {
  const { services, ...rest } = proxies(openai(lab.url, over)) as { services: object[] };
  return { ...rest, services: services.map((service) => ({ ...service, ...timeouts })) };
}

describe("a service's timeouts hold for the target that takes its place", () => {
  test("a read_timeout ends the wait for the headers, and a silence amid a stream", async () => {
    await using gateway = await startGateway(config({ read_timeout: 80 }));
    const silent = await gateway.post("/ai", ask("lab/stall-headers"));
    expect(silent.status).toBe(504);
    const stalled = await gateway.post("/ai", ask("lab/stall-mid-stream", { stream: true }));
    expect(stalled.status).toBe(200);
    expect(await stalled.text()).toContain("the upstream stopped sending");
  });

  test("it ends a silence amid a whole answer as well", async () => {
    await using gateway = await startGateway(config({ read_timeout: 80 }));
    const cut = await gateway.post("/ai", ask("lab/stall-mid-stream"));
    expect(cut.status).toBe(504);
    expect(await gateway.record()).toMatchObject({ tries: [{ code: 200 }] });
  });

  test("it waits for bytes, whatever they say", async () => {
    await using gateway = await startGateway(config({ read_timeout: 400 }));
    const brief = { stream: true, messages: [{ role: "user", content: "Hi" }] };
    // A keep-alive comes between any two events, which are further apart than that.
    const pinged = await gateway.post("/ai", ask("lab/echo+comments+slow-220", brief));
    expect(await pinged.text()).toEndWith("data: [DONE]\n\n");
    const silent = await gateway.post("/ai", ask("lab/echo+slow-800", brief));
    expect(await silent.text()).toContain("the upstream stopped sending");
  });

  test("a longer one gives a slow model its time, where the gateway's own would not", async () => {
    const clocks = { headersMs: 30, idleMs: 30, firstEventMs: 30 };
    const slow = ask("lab/echo+slow-150", { stream: true });
    await using patient = await startGateway(config({ read_timeout: 20_000 }), { clocks });
    const whole = await patient.post("/ai", slow);
    expect(whole.status).toBe(200);
    expect(await whole.text()).toEndWith("data: [DONE]\n\n");
    await using unset = await startGateway(config({}), { clocks });
    const cut = await unset.post("/ai", slow);
    expect(await cut.text()).toContain("the upstream stopped sending");
  });

  test("so they do where ai-proxy passes a body through", async () => {
    const over = { route_type: "preserve" };
    await using gateway = await startGateway(config({ read_timeout: 80 }, over));
    expect((await gateway.post("/ai", ask("lab/stall-headers"))).status).toBe(504);
  });
});
