import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createProcessState } from "../../../src/gateway/create-process-state.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { target } from "../../faults/balanced.ts";
import {
  ALLOW,
  callGuarded,
  DENY,
  labEmbeddings,
  NEAR_ALLOW,
  NEAR_DENY,
  OTHER,
  type Setting,
  SHORT,
  say,
  startGuarded,
} from "./guarded-by-meaning.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const asked = () => lab.requests.length;
const allowOnly = { deny_prompts: [], allow_prompts: ALLOW };

describe("S1: what is refused", () => {
  test.each<[string, Setting, string, number]>([
    ["what is near a denied one", {}, NEAR_DENY, 400],
    ["not what is far from all", {}, OTHER, 200],
    ["with only allowed ones, what is near none", { rules: allowOnly }, OTHER, 400],
    ["with only allowed ones, not what is near one", { rules: allowOnly }, NEAR_ALLOW, 200],
    [
      "what is near both: deny wins",
      { rules: { deny_prompts: ALLOW, allow_prompts: ALLOW } },
      NEAR_ALLOW,
      400,
    ],
    [
      "a rule in its own words at any threshold",
      { guard: { search: { threshold: 0 } } },
      DENY[0] ?? "",
      400,
    ],
    [
      "not what is near, where the threshold is less",
      { guard: { search: { threshold: 0.01 } } },
      NEAR_DENY,
      200,
    ],
    ["by euclidean distances", { vectordb: { distance_metric: "euclidean" } }, NEAR_DENY, 400],
    ["not what is far by these", { vectordb: { distance_metric: "euclidean" } }, OTHER, 200],
  ])("%s", async (_name, setting, text, status) => {
    const called = await callGuarded(lab, say(text), setting);
    expect(called.status).toBe(status);
    expect(asked()).toBe(status === 200 ? 1 : 0);
    if (status !== 200) expect(called.json.error?.message).toBe("bad request");
  });
});

describe.each(["openai", "anthropic", "gemini"] as const)("S1: a question for %s", (vendor) => {
  test.each([false, true])("is refused or answered, streamed: %p", async (stream) => {
    const setting = { proxy: target(lab, vendor, "echo") };
    const talk = (content: string) => ({ messages: [{ role: "user", content }], stream });
    const refused = await callGuarded(lab, talk(NEAR_DENY), setting);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error: { message: "bad request" } });
    expect(asked()).toBe(0);
    const answered = await callGuarded(lab, talk(OTHER), setting);
    expect(answered.status).toBe(200);
    expect(answered.text).toContain("Vienna");
  });
});

describe("rule vectors", () => {
  /** The texts that the lab's embedding model was asked for, in the order of the calls. */
  const embedded = () =>
    lab.requests
      .filter(({ path }) => path.endsWith("/embeddings"))
      .map(({ body }) => (JSON.parse(body) as { input: string[] }).input);
  const setting = (deny: readonly string[]): Setting => ({
    embeddings: labEmbeddings(`${lab.url}/v1/embeddings`),
    rules: { deny_prompts: deny },
  });

  test("are asked for together, once, when the first prompt comes", async () => {
    await using gateway = await startGuarded(lab, setting(DENY));
    expect(embedded()).toEqual([]);
    for (let call = 0; call < 3; call++) await gateway.post("/ai", say(SHORT));
    expect(embedded().toSorted()).toEqual([DENY, [SHORT]]);
  });

  test("S1: a reload asks only for what is new", async () => {
    const processState = createProcessState();
    const before = await startGuarded(lab, { ...setting(DENY), processState });
    await before.post("/ai", say(SHORT));
    const [first = ""] = DENY;
    const added = "Recipes for soup";
    await using after = await startGuarded(lab, { ...setting([first, added]), processState });
    await before[Symbol.asyncDispose]();
    lab.reset();
    await after.post("/ai", say(SHORT));
    expect(embedded()).toEqual([[added]]);
  });
});

describe("what is said of a refusal", () => {
  test("another status and the reason, where they are asked for", async () => {
    const guard = { error_code: 403, reveal_reason: true, search: { threshold: 0.45 } };
    const { status, json } = await callGuarded(lab, say(NEAR_DENY), { guard });
    expect(status).toBe(403);
    expect(json.error?.message).toBe(
      "Request is blocked due to semantic similarity with a deny prompt",
    );
    const allowed = await callGuarded(lab, say(OTHER), { guard, rules: allowOnly });
    expect(allowed.json.error?.message).toBe(
      "Request is blocked due to no semantic similarity with an allow prompt",
    );
  });

  test.each<[string, Setting, unknown, object]>([
    [
      "denied",
      {},
      NEAR_DENY,
      { block_reason: "prompt is near a denied one", matched_rule: DENY[0] },
    ],
    ["not denied", {}, OTHER, { block_reason: "", matched_rule: "" }],
    [
      "not allowed",
      { rules: allowOnly },
      OTHER,
      { block_reason: "prompt is near none that is allowed", matched_rule: "" },
    ],
    ["allowed", { rules: allowOnly }, NEAR_ALLOW, { block_reason: "", matched_rule: ALLOW[0] }],
    ["unreadable", {}, 7, { block_reason: "prompt holds no text that can be compared" }],
  ])("the log tells of a prompt that is %s", async (_name, setting, text, figures) => {
    const { log } = await callGuarded(lab, say(text), setting);
    expect(log).toMatchObject(figures);
    if (text === 7) return;
    expect(log).toMatchObject({
      distance: expect.any(Number),
      processing_latency: expect.any(Number),
      embeddings_provider: "local",
      embeddings_model: "all-minilm-l6-v2",
      embeddings_latency: expect.any(Number),
      embeddings_tokens: expect.any(Number),
    });
  });
});

describe("an embedding model that fails", () => {
  const broken = () => ({ embeddings: labEmbeddings(`${lab.url}/nowhere`) });

  test("keeps every prompt out", async () => {
    const { status, json, log } = await callGuarded(lab, say(OTHER), broken());
    expect(status).toBe(500);
    expect(json.error?.message).toBe(
      "the prompt could not be compared with the rules of this route",
    );
    expect(log).toMatchObject({ block_reason: "", input_unseen: expect.stringContaining("404") });
  });

  test("lets them pass with stop_on_error: false, but for a rule in its own words", async () => {
    const setting = { ...broken(), guard: { stop_on_error: false } };
    expect((await callGuarded(lab, say(OTHER), setting)).status).toBe(200);
    expect((await callGuarded(lab, say(DENY[0]), setting)).status).toBe(400);
  });
});
