import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import {
  asked,
  balanced,
  EVERYTHING,
  QUESTION,
  target,
  type Vendor,
} from "../../faults/balanced.ts";
import { startGateway, textOf } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

interface Named {
  readonly model: object;
}

/** A target with an alias. */
function aliased(vendor: Vendor, alias: string, traits = "plain") {
  const plain = target(lab, vendor, traits) as Named;
  return { ...plain, model: { ...plain.model, model_alias: alias } };
}

/** A target that calls what the client names. */
function unnamed(vendor: Vendor) {
  const { model, ...rest } = target(lab, vendor) as { readonly model: { readonly name?: string } };
  const { name: _, ...others } = model;
  return { ...rest, model: others };
}

const errorOf = async (response: Response) => ({
  status: response.status,
  body: (await response.json()) as unknown,
});

describe("aliases", () => {
  const targets = () => [
    aliased("openai", "fast"),
    aliased("cohere", "fast"),
    aliased("anthropic", "smart"),
  ];

  test("an alias is served by all targets that share it, and by no other", async () => {
    await using gateway = await startGateway(balanced(targets()));
    lab.reset();
    for (let call = 0; call < 4; call++) {
      expect((await gateway.post("/ai", { ...QUESTION, model: "fast" })).status).toBe(200);
    }
    expect((await gateway.post("/ai", { ...QUESTION, model: "smart" })).status).toBe(200);
    expect(asked(lab)).toEqual(["openai", "cohere", "openai", "cohere", "anthropic"]);
  });

  test("targets of one alias stand in for each other", async () => {
    const failing = [aliased("openai", "fast", "503"), aliased("cohere", "fast")];
    await using gateway = await startGateway(
      balanced([...failing, aliased("anthropic", "smart")], { failover_criteria: EVERYTHING }),
    );
    expect((await gateway.post("/ai", { ...QUESTION, model: "fast" })).status).toBe(200);
  });

  test("a model that no target serves is 400", async () => {
    await using gateway = await startGateway(balanced(targets()));
    const refused = await errorOf(await gateway.post("/ai", { ...QUESTION, model: "other" }));
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { message: "cannot use own model - must be: gpt-4o-mini" } },
    });
  });

  test("a target's own name is an alias too, and no name at all means all of them", async () => {
    await using gateway = await startGateway(balanced(targets()));
    lab.reset();
    await gateway.post("/ai", { ...QUESTION, model: "claude-sonnet-4-5" });
    for (let call = 0; call < 3; call++) await gateway.post("/ai", QUESTION);
    expect(asked(lab)[0]).toBe("anthropic");
    expect(asked(lab).slice(1).toSorted()).toEqual(["anthropic", "cohere", "openai"]);
  });

  test("where nothing names a model that is 400", async () => {
    await using gateway = await startGateway(balanced([unnamed("openai")]));
    const refused = await errorOf(await gateway.post("/ai", QUESTION));
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: {
          message: "model parameter not found in request, nor in gateway configuration",
        },
      },
    });
    expect((await gateway.post("/ai", { ...QUESTION, model: "gpt-4o" })).status).toBe(200);
  });
});

test("timeouts are per attempt, and together no longer than the attempts", async () => {
  await using gateway = await startGateway(
    balanced([target(lab, "openai", "stall-headers"), target(lab, "cohere", "stall")], {
      read_timeout: 200,
      connect_timeout: 200,
      write_timeout: 200,
      retries: 1,
      failover_criteria: EVERYTHING,
    }),
  );
  const startedAtMs = performance.now();
  const response = await gateway.post("/ai", QUESTION);
  const tookMs = performance.now() - startedAtMs;
  expect(response.status).toBe(504);
  expect(tookMs).toBeGreaterThanOrEqual(390);
  // The gateway's own clocks would take a minute for each.
  expect(tookMs).toBeLessThan(20_000);
});

describe("which model answered", () => {
  test.each([
    [true, {}, "cohere/command-a-03-2025"],
    [false, {}, null],
    [false, { "kong-debug": "1" }, "cohere/command-a-03-2025"],
  ])("with model_name_header %p and %p: %p", async (model_name_header, headers, expected) => {
    await using gateway = await startGateway(
      balanced([target(lab, "cohere")], {}, { model_name_header }),
      { allowDebugHeader: true },
    );
    const response = await gateway.post("/ai", QUESTION, { headers });
    expect(response.headers.get("x-kong-llm-model")).toBe(expected);
  });
});

describe("rules", () => {
  const rule = (
    ...match: readonly (readonly [type: string, values: string[], key?: string])[]
  ) => ({
    match: match.map(([type, values, key]) => ({ type, values, ...(key && { key }) })),
  });
  const team = (values: string[]) => ["header", values, "x-team"] as const;

  async function statusOf(acls: object, headers: Record<string, string> = {}, model?: string) {
    await using gateway = await startGateway(
      balanced([unnamed("openai"), unnamed("cohere")], {}, { acls }),
    );
    const response = await gateway.post(
      "/ai",
      { ...QUESTION, model: model ?? "gpt-4o" },
      { headers },
    );
    const body = await response.text();
    if (response.status === 403) expect(body).toContain('"message":"access denied"');
    return response.status;
  }

  test("what is denied is denied, though it is also allowed", async () => {
    const acls = { allow: [rule(team(["a", "b"]))], deny: [rule(team(["b"]))] };
    expect(await statusOf(acls, { "x-team": "a" })).toBe(200);
    expect(await statusOf(acls, { "x-team": "b" })).toBe(403);
    expect(await statusOf(acls, { "x-team": "c" })).toBe(403);
    expect(await statusOf(acls)).toBe(403);
  });

  test("conditions of a rule go together, their values do not", async () => {
    const acls = { deny: [rule(team(["a", "b"]), ["model", ["gpt-4o"]])] };
    expect(await statusOf(acls, { "x-team": "b" })).toBe(403);
    expect(await statusOf(acls, { "x-team": "b" }, "gpt-4o-mini")).toBe(200);
    expect(await statusOf(acls, { "x-team": "c" })).toBe(200);
  });

  test("path and address are looked at too", async () => {
    expect(await statusOf({ allow: [rule(["path", ["/ai"]], ["ip", ["127.0.0.1"]])] })).toBe(200);
    expect(await statusOf({ deny: [rule(["ip", ["127.0.0.1"]])] })).toBe(403);
  });

  test("a provider that is denied is not among the targets", async () => {
    lab.reset();
    const acls = { deny: [rule(["provider", ["openai"]])] };
    expect(await statusOf(acls, {}, "command-a-03-2025")).toBe(200);
    expect(asked(lab)).toEqual(["cohere"]);
    expect(await statusOf({ deny: [rule(["provider", ["openai", "cohere"]])] })).toBe(403);
  });
});

test("nothing is sent again once the client has a byte of a stream", async () => {
  await using gateway = await startGateway(
    balanced(
      [
        target(lab, "openai", "slow-5+reset-mid-stream"),
        target(lab, "openai", "slow-5+reset-mid-stream"),
      ],
      { failover_criteria: EVERYTHING },
    ),
  );
  lab.reset();
  const body = await (await gateway.post("/ai", { ...QUESTION, stream: true })).text();
  expect(textOf(body)).toMatch(/^You said/);
  expect(lab.requests).toHaveLength(1);
});
