import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { asked, balanced, EVERYTHING, QUESTION, target } from "../../faults/balanced.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ remember: 5_000 });
});
afterAll(() => lab.stop());

/** Calls one after another, and who answered each. */
async function answeredBy(gateway: TestGateway, count: number, init: BunFetchRequestInit = {}) {
  const models: (string | null)[] = [];
  for (let call = 0; call < count; call++) {
    const response = await gateway.post("/ai", QUESTION, init);
    expect(response.status).toBe(200);
    await response.bytes();
    models.push(response.headers.get("x-kong-llm-model")?.split("/")[0] ?? null);
  }
  return models;
}

function count(models: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const model of models) counts[model ?? ""] = (counts[model ?? ""] ?? 0) + 1;
  return counts;
}

async function messageOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { readonly error: { readonly message: string } };
  return error.message;
}

describe("algorithms", () => {
  test("weights 70, 25 and 5 are 70, 25 and 5 of a hundred calls", async () => {
    await using gateway = await startGateway(
      balanced([
        target(lab, "openai", "plain", { weight: 70 }),
        target(lab, "anthropic", "plain", { weight: 25 }),
        target(lab, "cohere", "plain", { weight: 5 }),
      ]),
    );
    expect(count(await answeredBy(gateway, 100))).toEqual({ openai: 70, anthropic: 25, cohere: 5 });
  });

  test("one header value is one target, after a reload too", async () => {
    const config = balanced(
      [target(lab, "openai"), target(lab, "anthropic"), target(lab, "cohere")],
      {
        algorithm: "consistent-hashing",
        hash_on_header: "X-User",
      },
    );
    const owners = new Map<string, string | null>();
    for (const user of ["ada", "bob", "eve", "kim", "lee", "mia", "ned", "zoe"]) {
      await using gateway = await startGateway(config);
      const init = { headers: { "x-user": user } };
      const models = new Set(await answeredBy(gateway, 5, init));
      expect(models.size).toBe(1);
      owners.set(user, [...models][0] ?? null);
      const { processState } = gateway.gateway;
      await using reloaded = await startGateway(config, { processState });
      expect(new Set(await answeredBy(reloaded, 5, init))).toEqual(models);
    }
    expect(new Set(owners.values()).size).toBeGreaterThan(1);
  });

  test("least-connections calls the idle target while another holds a stream", async () => {
    await using gateway = await startGateway(
      balanced([target(lab, "openai", "endless"), target(lab, "anthropic")], {
        algorithm: "least-connections",
      }),
    );
    const leaving = new AbortController();
    const stream = await gateway.post(
      "/ai",
      { ...QUESTION, stream: true },
      { signal: leaving.signal },
    );
    expect(stream.headers.get("x-kong-llm-model")).toStartWith("openai/");
    // Reading on, since a stream that nobody holds is closed when the garbage is collected.
    const reader = stream.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    expect(count(await answeredBy(gateway, 10))).toEqual({ anthropic: 10 });
    expect((await reader?.read())?.done).toBe(false);
    leaving.abort();
    await gateway.record(11);
  });

  test("lowest-latency leaves the slow target, and works with a single one", async () => {
    await using gateway = await startGateway(
      balanced([target(lab, "openai", "slow-20"), target(lab, "anthropic")], {
        algorithm: "lowest-latency",
        latency_strategy: "e2e",
      }),
    );
    for (let call = 0; call < 60; call++) {
      await (await gateway.post("/ai", { ...QUESTION, stream: true })).text();
    }
    const slow = gateway.records.filter(({ ai }) => JSON.stringify(ai).includes("slow-20"));
    expect(slow.length).toBeGreaterThanOrEqual(1);
    expect(slow.length).toBeLessThanOrEqual(12);
    await using single = await startGateway(
      balanced([target(lab, "openai")], { algorithm: "lowest-latency" }),
    );
    expect(count(await answeredBy(single, 3))).toEqual({ openai: 3 });
  });

  test("lowest-usage balances tokens though one model says much more", async () => {
    await using gateway = await startGateway(
      balanced([target(lab, "openai", "long-90"), target(lab, "anthropic", "long-30")], {
        algorithm: "lowest-usage",
        tokens_count_strategy: "completion_tokens",
      }),
    );
    const models = count(await answeredBy(gateway, 100));
    const [talkative = 0, terse = 0] = [models["openai"], models["anthropic"]];
    expect(Math.abs((talkative * 90) / (terse * 30) - 1)).toBeLessThan(0.1);
  });

  test("priority: the lower group is asked when all of the upper fail, and then it is over", async () => {
    const up = { weight: 70 };
    const upper = [target(lab, "openai", "plain", up), target(lab, "anthropic", "plain", up)];
    const lower = target(lab, "cohere", "plain", { weight: 25 });
    const balancer = { algorithm: "priority", failover_criteria: EVERYTHING };
    await using well = await startGateway(balanced([...upper, lower], balancer));
    expect(count(await answeredBy(well, 10))).toEqual({ openai: 5, anthropic: 5 });

    const failing = [target(lab, "openai", "503", up), target(lab, "anthropic", "503", up)];
    await using ill = await startGateway(balanced([...failing, lower], balancer));
    expect(count(await answeredBy(ill, 1))).toEqual({ cohere: 1 });

    const last = target(lab, "cohere", "500", { weight: 25 });
    await using gone = await startGateway(balanced([...failing, last], balancer));
    lab.reset();
    expect((await gone.post("/ai", QUESTION)).status).toBe(500);
    expect(asked(lab).toSorted()).toEqual(["anthropic", "cohere", "openai"]);
  });
});

describe("what moves a call on", () => {
  const serve = (traits: string, criteria?: readonly string[]) =>
    startGateway(
      balanced(
        [
          target(lab, "openai", traits, { weight: 2 }),
          target(lab, "cohere", "plain", { weight: 1 }),
        ],
        {
          algorithm: "priority",
          ...(criteria && { failover_criteria: criteria }),
        },
      ),
    );

  test.each<readonly [criteria: readonly string[] | undefined, status: number]>([
    [undefined, 503],
    [["error", "timeout"], 503],
    [["http_503"], 503],
    [["http_503", "non_idempotent"], 200],
    [["http_500", "non_idempotent"], 503],
  ])("an answer of 503 with %p is answered with %p", async (criteria, status) => {
    await using gateway = await serve("503", criteria);
    lab.reset();
    expect((await gateway.post("/ai", QUESTION)).status).toBe(status);
    expect(asked(lab)).toEqual(status === 200 ? ["openai", "cohere"] : ["openai"]);
  });

  test("retry_posts stands for non_idempotent", async () => {
    await using gateway = await startGateway(
      balanced(
        [
          target(lab, "openai", "503", { weight: 2 }),
          target(lab, "cohere", "plain", { weight: 1 }),
        ],
        {
          algorithm: "priority",
          failover_criteria: ["http_503"],
          retry_posts: true,
        },
      ),
    );
    expect((await gateway.post("/ai", QUESTION)).status).toBe(200);
  });

  test.each([
    ["400", 400],
    ["401", 401],
    ["404", 404],
    ["413", 413],
    ["422", 422],
  ])("a vendor's %s is the answer, whatever else fails over", async (traits, status) => {
    await using gateway = await serve(traits, EVERYTHING);
    lab.reset();
    expect((await gateway.post("/ai", QUESTION)).status).toBe(status);
    expect(asked(lab)).toEqual(["openai"]);
  });

  test("a refused connection moves on by itself", async () => {
    const gone = await startLab();
    await gone.stop();
    await using gateway = await startGateway(
      balanced([target(gone, "openai", "plain", { weight: 2 }), target(lab, "cohere")], {
        algorithm: "priority",
      }),
    );
    expect(count(await answeredBy(gateway, 1))).toEqual({ cohere: 1 });
  });

  test("criteria that do nothing are warned of", async () => {
    await using gateway = await serve("plain", ["http_503", "http_429"]);
    expect(gateway.gateway.config.warnings).toMatchObject([
      {
        severity: "warning",
        message: "http_503, http_429 have no effect on POST, and LLM calls are: add non_idempotent",
      },
    ]);
  });
});

describe("from vendor to vendor", () => {
  const targets = () => [
    target(lab, "openai", "503", { weight: 3 }),
    target(lab, "anthropic", "529", { weight: 2 }),
    target(lab, "bedrock", "plain", { weight: 1 }),
  ];

  test.each([false, true])(
    "one answer in the client's dialect, every attempt logged (stream: %p)",
    async (stream) => {
      await using gateway = await startGateway(
        balanced(targets(), { algorithm: "priority", failover_criteria: EVERYTHING }),
      );
      const response = await gateway.post("/ai", { ...QUESTION, stream });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(
        stream ? "chat.completion.chunk" : '"chat.completion"',
      );
      const record = await gateway.record();
      expect(record.ai?.proxy).toMatchObject({
        meta: { provider_name: "bedrock" },
        tried_targets: [
          {
            provider: "openai",
            status: 503,
            left: "http_503",
            weight: 3,
            route_type: "llm/v1/chat",
          },
          { provider: "anthropic", status: 529, left: "http_503", weight: 2 },
          { provider: "bedrock", status: 200, weight: 1 },
        ],
      });
    },
  );

  test("retries are counted after the first try", async () => {
    await using gateway = await startGateway(
      balanced(targets(), { algorithm: "priority", failover_criteria: EVERYTHING, retries: 1 }),
    );
    lab.reset();
    expect((await gateway.post("/ai", QUESTION)).status).toBe(529);
    expect(asked(lab)).toEqual(["openai", "anthropic"]);
  });
});

describe("circuit breaker", () => {
  const broken = (traits: string, balancer: object = {}) =>
    startGateway(
      balanced([target(lab, "openai", traits), target(lab, "cohere", traits)], {
        failover_criteria: EVERYTHING,
        max_fails: 1,
        fail_timeout: 10_000,
        ...balancer,
      }),
    );

  test("when every circuit is open nothing is sent, and the shortest wait is told", async () => {
    await using gateway = await broken("500");
    await gateway.post("/ai", QUESTION);
    lab.reset();
    const response = await gateway.post("/ai", QUESTION);
    expect(response.status).toBe(500);
    expect(await messageOf(response)).toBe(
      "no target is available: each has failed too often and is left alone for a while",
    );
    expect(response.headers.get("retry-after")).toBe("10");
    expect(lab.requests).toHaveLength(0);
  });

  test("after its time one call finds out, and closes it", async () => {
    await using gateway = await startGateway(
      balanced([target(lab, "openai", "fail-first-1")], {
        failover_criteria: EVERYTHING,
        retries: 0,
        max_fails: 1,
        fail_timeout: 20,
      }),
    );
    expect((await gateway.post("/ai", QUESTION)).status).toBe(503);
    const statuses: number[] = [];
    do statuses.push((await gateway.post("/ai", QUESTION)).status);
    while (statuses.at(-1) === 500);
    // How often it was refused until then is a matter of the machine's speed.
    expect(statuses.at(-1)).toBe(200);
    expect(count(await answeredBy(gateway, 5))).toEqual({ openai: 5 });
  });

  test.each(["403", "404"])("%s never counts", async (traits) => {
    await using gateway = await broken(traits, {
      failover_criteria: [...EVERYTHING, "http_403", "http_404"],
    });
    for (let call = 0; call < 3; call++) {
      expect((await gateway.post("/ai", QUESTION)).status).toBe(Number(traits));
    }
  });

  test("a stream that breaks after its first words counts", async () => {
    await using gateway = await startGateway(
      balanced([target(lab, "openai", "error-in-stream")], { max_fails: 1 }),
    );
    const first = await gateway.post("/ai", { ...QUESTION, stream: true });
    expect(first.status).toBe(200);
    await first.text();
    await gateway.record();
    expect((await gateway.post("/ai", QUESTION)).status).toBe(500);
  });
});
