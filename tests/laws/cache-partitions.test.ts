import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { cacheConfig } from "../compat/plugins/cached-route.ts";
import { startGateway } from "../gateway.ts";
import { freePort, REDIS_SERVER, startRedis } from "../vectors/real-redis.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** Who asks what: all that an answer must not cross. */
interface Asker {
  readonly path: "/a" | "/b";
  readonly key: string;
  readonly model: string;
  readonly tool: string;
  readonly system: string;
  readonly temperature: number;
  readonly question: string;
  readonly stream: boolean;
}

const QUESTIONS = [
  "How do I reset the password of my account?",
  "How do I reset the password of my account please?",
  "How can I reset the password of my account?",
];

const asker: fc.Arbitrary<Asker> = fc.record({
  path: fc.constantFrom("/a", "/b"),
  key: fc.constantFrom("alice", "bob", ""),
  model: fc.constantFrom("m1", "m2"),
  tool: fc.constantFrom("", "weather", "stocks"),
  system: fc.constantFrom("", "Be brief.", "You are a pirate."),
  temperature: fc.constantFrom(0, 1),
  question: fc.constantFrom(...QUESTIONS),
  stream: fc.boolean(),
});

function bodyOf({ model, tool, system, temperature, question, stream }: Asker) {
  const parameters = { type: "object", properties: {} };
  return {
    model,
    temperature,
    stream,
    messages: [
      ...(system === "" ? [] : [{ role: "system", content: system }]),
      { role: "user", content: question },
    ],
    ...(tool !== "" && { tools: [{ type: "function", function: { name: tool, parameters } }] }),
  };
}

/** A vendor that never says the same twice. */
function startVendor(next: () => number) {
  const head = { id: "c", created: 1, model: "m" };
  return Bun.serve({
    port: 0,
    async fetch(request) {
      const { stream } = (await request.json()) as { stream?: boolean };
      const content = `answer ${next()}`;
      if (stream !== true) {
        const choice = { index: 0, message: { role: "assistant", content }, finish_reason: "stop" };
        return Response.json({ ...head, object: "chat.completion", choices: [choice] });
      }
      const chunk = (delta: object, finish: string | null) =>
        `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
      const events = [chunk({ role: "assistant", content }, null), chunk({}, "stop")];
      return new Response(`${events.join("")}data: [DONE]\n\n`, {
        headers: { "content-type": "text/event-stream" },
      });
    },
  });
}

/** Two routes to one vendor, with one cache on the service that both share. */
function fileFor(url: string, partition: readonly string[], vectordb: object) {
  const proxy = {
    name: "ai-proxy",
    config: {
      route_type: "llm/v1/chat",
      model: { provider: "openai", options: { upstream_url: url } },
    },
  };
  const cache = cacheConfig(
    `${lab.url}/v1/embeddings`,
    {
      exact_caching: true,
      partition_by: partition,
    },
    vectordb,
  );
  return {
    _format_version: "3.0",
    services: [
      {
        name: "models",
        url: "http://localhost:1",
        plugins: [{ name: "ai-semantic-cache", config: cache }],
        routes: ["/a", "/b"].map((path, at) => ({
          name: `r${at}`,
          paths: [path],
          plugins: [proxy],
        })),
      },
    ],
  };
}

const ALL = ["caller", "system_prompt", "options", "route"];

/** What must be the same of two calls that one answer goes to. */
const tenantOf = ({ path, key, model, tool, system, temperature }: Asker) =>
  JSON.stringify([path, key, model, tool, system, temperature]);

/** Answers of one run may be found in the next, where the store is elsewhere: they are told apart. */
async function holdsOn(vectordb: object, numRuns: number) {
  let said = 0;
  const next = () => {
    said += 1;
    return said;
  };
  /** Whose question each answer was first given to. */
  const owners = new Map<string, string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(asker, { minLength: 2, maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      async (askers, atOnce) => {
        await using vendor = startVendor(next);
        await using gateway = await startGateway(
          fileFor(`${vendor.url}v1/chat/completions`, ALL, vectordb),
        );
        const ask = async (one: Asker) => {
          const headers: Record<string, string> =
            one.key === "" ? {} : { authorization: `Bearer ${one.key}` };
          const response = await gateway.post(one.path, bodyOf(one), { headers });
          const answer = /answer \d+/.exec(await response.text())?.[0] ?? "none";
          const isHit = response.headers.get("x-cache-status") === "Hit";
          if (!isHit) owners.set(answer, tenantOf(one));
          return { answer, isHit, tenant: tenantOf(one) };
        };
        for (let at = 0; at < askers.length; at += atOnce) {
          const answers = await Promise.all(askers.slice(at, at + atOnce).map(ask));
          for (const { answer, isHit, tenant } of answers) {
            if (isHit) expect(owners.get(answer)).toBe(tenant);
          }
        }
        // Whoever asks again alone has the first answer: the partitions are not so narrow that nothing is shared.
        const [first] = askers;
        let isFound = first === undefined;
        for (let tries = 0; first && !isFound && tries < 50; tries += 1) {
          isFound = (await ask(first)).isHit;
        }
        expect(isFound).toBe(true);
      },
    ),
    { numRuns },
  );
}

const CROSSES = "no answer crosses to another caller, model, set of tools, system prompt or route";

test(`in this process, ${CROSSES}`, () => holdsOn({}, 25), 60_000);

test.skipIf(!REDIS_SERVER)(
  `in Redis, ${CROSSES}`,
  async () => {
    const port = await freePort();
    const redis = await startRedis(port);
    try {
      await holdsOn({ strategy: "redis", redis: { host: "127.0.0.1", port } }, 8);
    } finally {
      await redis.stop();
    }
  },
  60_000,
);
