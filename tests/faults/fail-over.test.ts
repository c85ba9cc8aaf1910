import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { figure } from "../figures.ts";
import { eventsOf, startGateway, type TestGateway, textOf } from "../gateway.ts";
import { asked, balanced, EVERYTHING, FIVE, QUESTION, target, type Vendor } from "./balanced.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ remember: 5_000 });
});
afterAll(() => lab.stop());

const ANSWER = /^You said: “Say hello to the world”\./;
/** Long enough for a busy machine; whatever waits for them waits together. */
const CLOCKS = { headersMs: 1_000, firstEventMs: 1_000, idleMs: 1_000, totalMs: 1_000 };
const PRIORITY = { algorithm: "priority", failover_criteria: EVERYTHING };

/** The vendor after `vendor`, which stands in for it. */
const standIn = (vendor: Vendor): Vendor =>
  FIVE[(FIVE.indexOf(vendor) + 1) % FIVE.length] ?? vendor;

/** A gateway whose first choice has `traits`, and whose second is well. */
function withFault(vendor: Vendor, traits: string, clocks: Partial<typeof CLOCKS> = {}) {
  const first = target(lab, vendor, traits, { weight: 2 });
  const second = target(lab, standIn(vendor), "plain", { weight: 1 });
  return startGateway(balanced([first, second], PRIORITY), { clocks });
}

interface Attempted {
  readonly tried_targets: readonly {
    readonly provider: string;
    readonly status?: number;
    readonly error?: string;
    readonly left?: string;
  }[];
}

async function triedBy(gateway: TestGateway, count = 1) {
  const record = await gateway.record(count);
  return (record.ai?.proxy as unknown as Attempted | undefined)?.tried_targets ?? [];
}

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

async function expectAnswer(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  const { choices } = (await response.json()) as Completion;
  expect(choices).toHaveLength(1);
  expect(choices[0]?.message.content).toMatch(ANSWER);
}

async function expectStream(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  const body = await response.text();
  const events = eventsOf(body);
  expect(textOf(body)).toMatch(ANSWER);
  expect(textOf(body).match(/You said/g)).toHaveLength(1);
  expect(events.filter((data) => data === "[DONE]")).toHaveLength(1);
  expect(events.filter((data) => data.startsWith('{"error"'))).toEqual([]);
}

const EITHER: [traits: string, left: string][] = [
  ["reset-before-headers", "error"],
  ["reset-mid-headers", "error"],
  ["reset-after-headers", "error"],
  ["429-9", "http_429"],
  ["429-date", "http_429"],
  ["429-past", "http_429"],
  ["429-ms", "http_429"],
  ["429-negative", "http_429"],
  ["429-nan", "http_429"],
  ["429-huge", "http_429"],
  ["429-bare", "http_429"],
  ["500", "http_500"],
  ["502", "http_502"],
  ["503", "http_503"],
  ["504", "http_504"],
  ["520", "http_502"],
  ["524", "http_504"],
  ["529", "http_503"],
  ["html-502", "http_502"],
  ["html-200", "invalid_header"],
  ["empty-200", "invalid_header"],
  ["error-in-200", "http_500"],
];

const STREAMED: typeof EITHER = [
  ["reset-before-first-event", "error"],
  ["error-first", "http_500"],
];

describe.each(FIVE)("a call that %s does not answer is answered by another vendor", (vendor) => {
  test.each(EITHER)("%s", async (traits, left) => {
    await using gateway = await withFault(vendor, traits);
    lab.reset();
    await expectAnswer(await gateway.post("/ai", QUESTION));
    // A reset on a kept connection is answered with one fresh connection to the same vendor.
    expect([...new Set(asked(lab))]).toEqual([vendor, standIn(vendor)]);
    const [first, second] = await triedBy(gateway);
    expect(first).toMatchObject({ provider: vendor, left });
    expect(second).toMatchObject({ provider: standIn(vendor), status: 200 });
    expect(second).not.toHaveProperty("left");
  });

  test.each([...EITHER, ...STREAMED])("%s, as a stream", async (traits, left) => {
    await using gateway = await withFault(vendor, traits);
    await expectStream(await gateway.post("/ai", { ...QUESTION, stream: true }));
    const [first, second] = await triedBy(gateway);
    expect(first).toMatchObject({ provider: vendor, left });
    expect(second).toMatchObject({ provider: standIn(vendor), status: 200 });
  });

  test.each([
    // Slowly, since a reset takes with it what the gateway has not read yet.
    "slow-5+reset-mid-stream",
    "error-in-stream",
    "eof-mid-stream",
  ])("%s: a stream that has begun ends with one error and is never begun anew", async (traits) => {
    await using gateway = await withFault(vendor, traits);
    await expectOneError(await gateway.post("/ai", { ...QUESTION, stream: true }));
    expect(await triedBy(gateway)).toHaveLength(1);
  });
});

async function expectOneError(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  const body = await response.text();
  const errors = eventsOf(body).filter((data) => data.startsWith('{"error"'));
  expect(errors).toHaveLength(1);
  expect(textOf(body)).toMatch(/^You said/);
  expect(body).not.toContain('"finish_reason":"');
}

test("a vendor that falls silent is left for another, in time", async () => {
  const cases = FIVE.flatMap((vendor) => [
    { vendor, traits: "stall", stream: false },
    { vendor, traits: "stall", stream: true },
    { vendor, traits: "stall-headers", stream: false },
    { vendor, traits: "stall-headers", stream: true },
    { vendor, traits: "pings-5", stream: true },
  ]);
  const silent = cases.map(async ({ vendor, traits, stream }) => {
    await using gateway = await withFault(vendor, traits, CLOCKS);
    const response = await gateway.post("/ai", { ...QUESTION, stream });
    await (stream ? expectStream(response) : expectAnswer(response));
    expect(await triedBy(gateway)).toMatchObject([
      { provider: vendor, left: "timeout" },
      { provider: standIn(vendor), status: 200 },
    ]);
  });
  await Promise.all(silent);
});

test("a stream that falls silent half way ends with one error", async () => {
  const silent = FIVE.map(async (vendor) => {
    await using gateway = await withFault(vendor, "stall-mid-stream", CLOCKS);
    await expectOneError(await gateway.post("/ai", { ...QUESTION, stream: true }));
    expect(await triedBy(gateway)).toHaveLength(1);
  });
  await Promise.all(silent);
});

test.each(["openai", "anthropic", "gemini"] as const)(
  "an error of %s in place of an answer is what it says it is",
  async (vendor) => {
    for (const stream of [false, true]) {
      await using gateway = await withFault(vendor, "error-in-200-429");
      expect((await gateway.post("/ai", { ...QUESTION, stream })).status).toBe(200);
      expect(await triedBy(gateway)).toMatchObject([{ left: "http_429" }, { status: 200 }]);
    }
  },
);

test("a target that refuses the connection costs no retry, and another answers", async () => {
  const gone = await startLab();
  await gone.stop();
  const refusing = target(gone, "openai", "plain", { weight: 2 });
  const well = target(lab, "cohere", "plain", { weight: 1 });
  await using gateway = await startGateway(
    balanced([refusing, well], { algorithm: "priority", eject_outliers: false }),
  );
  for (let call = 1; call <= 20; call++) await expectAnswer(await gateway.post("/ai", QUESTION));
  expect(await triedBy(gateway, 20)).toMatchObject([
    { provider: "openai", error: "upstream_connect_failed", left: "error" },
    { provider: "cohere", status: 200 },
  ]);
});

const DUPLICATES = "dragoman_possible_duplicates_total";

test("what was received and not answered is counted as a possible duplicate, what was refused is not", async () => {
  await using reset = await withFault("anthropic", "reset-before-first-event");
  await expectStream(await reset.post("/ai", { ...QUESTION, stream: true }));
  expect(figure(reset, DUPLICATES)).toBe(1);
  await using busy = await withFault("anthropic", "503");
  await expectAnswer(await busy.post("/ai", QUESTION));
  expect(figure(busy, DUPLICATES)).toBe(0);
});

describe("when nobody answers", () => {
  test("the last vendor's own words are the answer", async () => {
    await using gateway = await startGateway(
      balanced(
        [target(lab, "openai", "500"), target(lab, "cohere", "503", { weight: 1 })],
        PRIORITY,
      ),
    );
    const response = await gateway.post("/ai", QUESTION);
    expect(response.status).toBe(503);
    expect(await triedBy(gateway)).toHaveLength(2);
  });

  test("rate-limited vendors are left alone, and the shortest wait is told", async () => {
    await using gateway = await startGateway(
      balanced(
        [target(lab, "openai", "429-60", { weight: 2 }), target(lab, "cohere", "429-300")],
        PRIORITY,
      ),
    );
    lab.reset();
    for (const [calls, requests] of [
      [1, 2],
      [2, 2],
    ] as const) {
      const response = await gateway.post("/ai", QUESTION);
      expect(response.status).toBe(429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(50);
      expect(Number(response.headers.get("retry-after"))).toBeLessThanOrEqual(60);
      await gateway.record(calls);
      expect(lab.requests).toHaveLength(requests);
    }
  });

  test.each(["503", "reset-before-headers"])(
    "%s everywhere: no more than 1.2 attempts a call, and three besides",
    async (traits) => {
      const everywhere = FIVE.map((vendor) => target(lab, vendor, traits));
      await using gateway = await startGateway(
        balanced(everywhere, { failover_criteria: EVERYTHING }),
      );
      lab.reset();
      const calls = 100;
      const statuses = await Promise.all(
        Array.from({ length: calls }, async () => (await gateway.post("/ai", QUESTION)).status),
      );
      expect(new Set(statuses)).toEqual(new Set([traits === "503" ? 503 : 502]));
      await gateway.record(calls);
      const tries = gateway.records.flatMap(
        ({ ai }) => (ai?.proxy as unknown as Attempted | undefined)?.tried_targets ?? [],
      );
      expect(tries.length).toBeGreaterThan(calls);
      expect(tries.length).toBeLessThanOrEqual(1.2 * calls + 3);
    },
  );

  test("a client that leaves is not followed from vendor to vendor", async () => {
    await using gateway = await startGateway(
      balanced(
        FIVE.map((vendor) => target(lab, vendor, "stall-headers")),
        { failover_criteria: EVERYTHING },
      ),
    );
    lab.reset();
    const leaving = new AbortController();
    const call = gateway.post("/ai", QUESTION, { signal: leaving.signal });
    await lab.waitForRequest();
    leaving.abort();
    expect(call).rejects.toThrow();
    await gateway.record();
    expect(lab.requests).toHaveLength(1);
  });
});
