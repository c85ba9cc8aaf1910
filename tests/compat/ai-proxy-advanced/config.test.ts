import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { createProcessState } from "../../../src/gateway/create-process-state.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { asked, balanced, EVERYTHING, QUESTION, target } from "../../faults/balanced.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";

const NOWHERE = { url: "http://127.0.0.1:1" };

function load(config: object) {
  return loadConfig(
    { text: JSON.stringify(config), file: "kong.yaml" },
    {
      env: {},
      plugins: PLUGINS,
      readFile: () => {
        throw new Error("no files here");
      },
    },
  );
}

function problemsOf(config: object): readonly string[] {
  const result = load(config);
  const problems = "config" in result ? result.config.warnings : result.problems;
  return problems.map(
    ({ path, message }) => `${path.replace(/^.*plugins\[0\]\.?/, "")}: ${message}`,
  );
}

const targets = (...over: readonly object[]) =>
  over.map((one, index) => target(NOWHERE, index % 2 === 0 ? "openai" : "cohere", "plain", one));

const SEMANTIC = {
  embeddings: { model: { provider: "openai", name: "text-embedding-3-small" } },
  vectordb: { strategy: "redis", dimensions: 1024, distance_metric: "cosine", threshold: 0.75 },
};

describe("options", () => {
  test("defaults are the reference's", () => {
    const result = load(balanced(targets({})));
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    expect(result.config.plugins[0]?.options).toMatchObject({
      balancer: {
        algorithm: "round-robin",
        tokens_count_strategy: "total-tokens",
        latency_strategy: "tpot",
        hash_on_header: "X-Kong-LLM-Request-ID",
        slots: 10_000,
        retries: 5,
        failover_criteria: ["error", "timeout"],
        connect_timeout: 60_000,
        read_timeout: 60_000,
        write_timeout: 60_000,
        max_fails: 0,
        fail_timeout: 10_000,
      },
      llm_format: "openai",
      genai_category: "text/generation",
      response_streaming: "allow",
      model_name_header: true,
      max_request_body_size: 1_048_576,
      targets: [{ weight: 100 }],
    });
    expect(result.config.warnings).toEqual([]);
  });

  test("a token strategy may be spelled as rate limits spell it", () => {
    const config = balanced(targets({}, {}), {
      algorithm: "lowest-usage",
      tokens_count_strategy: "prompt_tokens",
    });
    expect(problemsOf(config)).toEqual([]);
  });

  test.each<readonly [name: string, config: object, ...problems: string[]]>([
    ["no targets", balanced([]), "config.targets: length must be at least 1"],
    [
      "ranges",
      balanced(targets({ weight: 0 }), {
        slots: 9,
        retries: -1,
        fail_timeout: 0,
        max_fails: 40_000,
      }),
      "config.targets[0].weight: value should be between 1 and 65535",
      "config.balancer.slots: value should be between 10 and 65536",
      "config.balancer.retries: value should be between 0 and 32767",
      "config.balancer.fail_timeout: value should be between 1 and 2147483646",
      "config.balancer.max_fails: value should be between 0 and 32767",
    ],
    [
      "a target's own rules",
      balanced([target(NOWHERE, "openai", "plain", { auth: { header_name: "Authorization" } })]),
      "config.targets[0].@entity: all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
    ],
    [
      "semantic without what it needs",
      balanced(targets({}, { description: "all" }), { algorithm: "semantic" }),
      "config.@entity: must set 'embeddings' for the semantic algorithm",
      "config.@entity: must set 'vectordb' for the semantic algorithm",
      "config.@entity: must set 'description' on every target for the semantic algorithm",
    ],
    [
      "cost without prices",
      balanced(targets({}, {}), { algorithm: "lowest-usage", tokens_count_strategy: "cost" }),
      "config.@entity: must set 'model.options.input_cost' and 'model.options.output_cost' on every target to balance by cost",
    ],
    [
      "accuracy",
      balanced(targets({}, {}), {
        algorithm: "lowest-usage",
        tokens_count_strategy: "llm-accuracy",
      }),
      "config.@entity: balancing by llm-accuracy is not built yet: it needs ai-llm-as-judge",
    ],
    [
      "embeddings that cannot be asked",
      balanced(
        targets({ description: "CATCHALL" }),
        { algorithm: "semantic" },
        { ...SEMANTIC, embeddings: { model: { provider: "bedrock", name: "titan" } } },
      ),
      "config.@entity: model titan on Bedrock is not built yet for embeddings: amazon.titan-embed-text and cohere.embed models are",
    ],
    [
      "different operations",
      balanced(targets({}, { route_type: "llm/v1/completions" })),
      "config.@entity: targets of different route_type behind one route are not built yet",
    ],
  ])("%s is refused", (_name, config, ...problems) => {
    expect(problemsOf(config)).toEqual(problems);
  });

  test("what works, but otherwise than the file may suggest, is warned of", () => {
    const semantic = balanced(
      targets({ description: "CATCHALL" }),
      { algorithm: "semantic", failover_criteria: ["http_429"] },
      SEMANTIC,
    );
    expect(problemsOf(semantic)).toEqual([
      "config.balancer.failover_criteria: http_429 have no effect on POST, and LLM calls are: add non_idempotent",
      "config.vectordb.strategy: the vectors of descriptions are few and stay in memory: redis is not used",
    ]);
  });
});

describe("a reload", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  const three = () => [target(lab, "openai"), target(lab, "anthropic"), target(lab, "cohere")];

  const reloaded = ({ gateway: { processState } }: TestGateway, config: object) =>
    startGateway(config, { processState });

  test("goes on where turns were, as long as the targets are the same", async () => {
    await using before = await startGateway(balanced(three()));
    lab.reset();
    await before.post("/ai", QUESTION);
    await using after = await reloaded(before, balanced(three()));
    await after.post("/ai", QUESTION);
    await after.post("/ai", QUESTION);
    expect(asked(lab)).toEqual(["openai", "anthropic", "cohere"]);
  });

  test("remembers who asked to be left alone", async () => {
    const targets = [target(lab, "openai", "429-60", { weight: 200 }), target(lab, "cohere")];
    const config = balanced(targets, { algorithm: "priority", failover_criteria: EVERYTHING });
    await using before = await startGateway(config);
    await before.post("/ai", QUESTION);
    lab.reset();
    await using after = await reloaded(before, config);
    expect((await after.post("/ai", QUESTION)).status).toBe(200);
    expect(asked(lab)).toEqual(["cohere"]);
  });

  test("starts anew when nobody serves the old configuration any more", async () => {
    const processState = createProcessState();
    for (const expected of ["openai", "openai"]) {
      await using gateway = await startGateway(balanced(three()), { processState });
      lab.reset();
      await gateway.post("/ai", QUESTION);
      expect(asked(lab)).toEqual([expected]);
    }
  });
});
