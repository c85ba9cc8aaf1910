import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type HttpServer, startHttpServer } from "../../../src/lab/http/server.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { balanced, QUESTION, target } from "../../faults/balanced.ts";
import { startDeaf, startMute } from "../../faults/deaf.ts";
import { startGateway } from "../../gateway.ts";

const COMPLETION = `{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}`;
const ANSWER = new TextEncoder().encode(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${COMPLETION.length}\r\n\r\n${COMPLETION}`,
);

let slow: HttpServer;
let lab: Lab;
beforeAll(async () => {
  const answer = () => [{ do: "wait", ms: 400 } as const, { do: "send", bytes: ANSWER } as const];
  slow = await startHttpServer({ port: 0, hostname: "127.0.0.1", answer });
  lab = await startLab();
});
afterAll(() => Promise.all([slow.stop(), lab.stop()]));

const slowTarget = () => target({ url: `http://127.0.0.1:${slow.port}` }, "openai");

describe("write_timeout and read_timeout share one clock, and the longer holds", () => {
  test.each([
    ["a short write_timeout alone", { write_timeout: 20 }, 200],
    ["a short read_timeout alone", { read_timeout: 20 }, 504],
    ["both short", { read_timeout: 20, write_timeout: 30 }, 504],
    ["a longer write_timeout", { read_timeout: 20, write_timeout: 20_000 }, 200],
  ])("%s", async (_, timeouts, status) => {
    await using gateway = await startGateway(balanced([slowTarget()], { ...timeouts, retries: 0 }));
    expect((await gateway.post("/ai", QUESTION)).status).toBe(status);
  });
});

test("a whole answer that stalls in its body is another target's to give", async () => {
  const stalling = target(lab, "openai", "stall-mid-stream");
  await using gateway = await startGateway(
    balanced([stalling, target(lab, "openai", "echo")], {
      read_timeout: 80,
      retries: 1,
      failover_criteria: ["error", "timeout", "non_idempotent"],
    }),
  );
  const response = await gateway.post("/ai", QUESTION);
  expect(response.status).toBe(200);
  expect(await gateway.record()).toMatchObject({
    ai: { proxy: { tried_targets: [{ error: "upstream_timeout" }, { status: 200 }] } },
  });
});

describe("connect_timeout", () => {
  const PATIENCE = { connect_timeout: 200 };
  /** A target that never connects, and one that is well. */
  const beside = (url: string, balancer: object = {}) =>
    startGateway(
      balanced(
        [
          target({ url }, "openai", "plain", { weight: 2 }),
          target(lab, "cohere", "plain", { weight: 1 }),
        ],
        {
          algorithm: "priority",
          ...PATIENCE,
          ...balancer,
        },
      ),
    );

  async function expectMovesOn(url: string): Promise<void> {
    await using gateway = await beside(url);
    expect((await gateway.post("/ai", QUESTION)).status).toBe(200);
    expect((await gateway.record()).ai?.proxy).toMatchObject({
      tried_targets: [
        { provider: "openai", error: "upstream_connect_timeout", left: "timeout" },
        { provider: "cohere", status: 200 },
      ],
    });
  }

  // Other systems refuse what does not fit the queue.
  test.skipIf(process.platform !== "linux")(
    "a target that lets nobody in is left for another, though the call is a POST",
    async () => {
      await using deaf = await startDeaf();
      await expectMovesOn(deaf.url);
    },
  );

  test("so is one whose TLS handshake does not end", async () => {
    await using mute = startMute();
    await expectMovesOn(mute.url);
  });

  test("that costs no retry, since nothing was sent", async () => {
    await using mute = startMute();
    await using gateway = await beside(mute.url, { connect_timeout: 1, eject_outliers: false });
    const calls = Array.from({ length: 10 }, () => gateway.post("/ai", QUESTION));
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
  });

  test("it is one of the timeouts, and the client's error where nobody else is asked", async () => {
    await using mute = startMute();
    await using gateway = await beside(mute.url, { failover_criteria: ["error"] });
    const response = await gateway.post("/ai", QUESTION);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      message: "The upstream server is timing out",
      error: { code: "upstream_connect_timeout" },
    });
  });

  test("it is over once there is a connection, new or kept", async () => {
    await using gateway = await startGateway(balanced([slowTarget()], { ...PATIENCE, retries: 0 }));
    for (let call = 0; call < 2; call++) {
      expect((await gateway.post("/ai", QUESTION)).status).toBe(200);
    }
  });
});
