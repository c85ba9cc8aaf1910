import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { asked, balanced, target, type Vendor } from "../../faults/balanced.ts";
import { startGateway } from "../../gateway.ts";
import { startPostgres } from "../../vectors/real-postgres.ts";
import { freePort, REDIS_SERVER, startRedis } from "../../vectors/real-redis.ts";
import {
  ALLOW,
  DENY,
  LOCAL,
  labEmbeddings,
  NEAR_ALLOW,
  NEAR_DENY,
  OTHER,
  SHORT,
  say,
  startGuarded,
} from "./guarded-by-meaning.ts";

let lab: Lab;
let redis: { readonly port: number; stop(): Promise<void> } | undefined;
let postgres: { readonly port: number; stop(): Promise<void> };
beforeAll(async () => {
  lab = await startLab();
  postgres = await startPostgres();
  if (REDIS_SERVER === null) return;
  const port = await freePort();
  redis = { port, ...(await startRedis(port)) };
});
afterAll(async () => {
  await Promise.all([lab.stop(), postgres.stop(), redis?.stop()]);
});

const STORES = {
  memory: () => ({ strategy: "memory" }),
  redis: () => ({ strategy: "redis", redis: { port: redis?.port } }),
  pgvector: () => ({
    strategy: "pgvector",
    pgvector: { port: postgres.port, database: "postgres", password: "any" },
  }),
} as const;

const names = Object.keys(STORES) as (keyof typeof STORES)[];
const there = names.filter((name) => name !== "redis" || REDIS_SERVER !== null);

/** The lists of texts that the lab's embedding model was asked for. */
const embedded = () =>
  lab.requests
    .filter(({ path }) => path.endsWith("/embeddings"))
    .map(({ body }) => (JSON.parse(body) as { input: string[] }).input);

describe.each(there)("with rules kept in %s", (store) => {
  const setting = (rules: object, embeddings: object = LOCAL) => ({
    vectordb: STORES[store](),
    rules,
    embeddings,
  });

  test.each([
    ["deny", { deny_prompts: DENY }, NEAR_DENY, OTHER],
    ["allow", { deny_prompts: [], allow_prompts: ALLOW }, OTHER, NEAR_ALLOW],
    ["both", { deny_prompts: DENY, allow_prompts: [...ALLOW, ...DENY] }, NEAR_DENY, NEAR_ALLOW],
  ])("S1: %s rules", async (_, rules, refused, answered) => {
    await using gateway = await startGuarded(lab, setting(rules));
    expect((await gateway.post("/ai", say(refused))).status).toBe(400);
    expect((await gateway.post("/ai", say(answered))).status).toBe(200);
  });

  test.skipIf(store === "memory")("another gateway need not ask for them", async () => {
    const embeddings = labEmbeddings(`${lab.url}/v1/embeddings`);
    for (const asks of [[DENY, [SHORT]], [[SHORT]]]) {
      await using gateway = await startGuarded(lab, setting({ deny_prompts: DENY }, embeddings));
      lab.reset();
      expect((await gateway.post("/ai", say(SHORT))).status).toBe(200);
      expect(embedded().toSorted()).toEqual(asks);
    }
  });

  test("P7: the target whose description is nearest, and CATCHALL", async () => {
    lab.reset();
    const vectordb = {
      dimensions: 256,
      distance_metric: "cosine",
      threshold: 0.6,
      ...STORES[store](),
    };
    const described = (vendor: Vendor, description: string) =>
      target(lab, vendor, "plain", { description });
    const file = balanced(
      [
        described("openai", "Programming, code and debugging"),
        described("anthropic", "Poems, rhymes and stories"),
        described("bedrock", "CATCHALL"),
      ],
      { algorithm: "semantic" },
      { embeddings: LOCAL, vectordb },
    );
    await using gateway = await startGateway(file);
    for (const text of ["Help me debug this code", "Write a poem that rhymes", OTHER]) {
      const messages = [{ role: "user", content: text }];
      expect((await gateway.post("/ai", { messages })).status).toBe(200);
    }
    expect(asked(lab)).toEqual(["openai", "anthropic", "bedrock"]);
  });
});

test("rules are compared while their store does not answer", async () => {
  const vectordb = { strategy: "redis", redis: { port: await freePort() } };
  await using gateway = await startGuarded(lab, { vectordb });
  expect((await gateway.post("/ai", say(NEAR_DENY))).status).toBe(400);
  expect((await gateway.post("/ai", say(OTHER))).status).toBe(200);
});
