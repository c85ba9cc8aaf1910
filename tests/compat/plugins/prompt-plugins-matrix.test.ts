import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { asked, FIVE, target, type Vendor } from "../../faults/balanced.ts";
import { startGateway, type TestGateway, textOf } from "../../gateway.ts";
import { answer, llmAt, type ScriptedModel, scriptedModel } from "./scripted-model.ts";

let lab: Lab;
let model: ScriptedModel;
beforeAll(async () => {
  lab = await startLab();
  model = scriptedModel(({ messages: [told, asked] }) =>
    told?.content === "in"
      ? (asked?.content ?? "").replace("cats", "dogs")
      : JSON.stringify(answer("rewritten")),
  );
});
afterAll(async () => {
  await model[Symbol.asyncDispose]();
  await lab.stop();
});
beforeEach(() => lab.reset());

const VENDORS = ["openai", "anthropic", "gemini"] as const;
const CATS = { messages: [{ role: "user", content: "Tell of cats." }] };

/** A call as its client and its vendor saw it. */
interface Seen {
  readonly status: number;
  /** The answer's text, or the error's. */
  readonly said: string;
  /** The prompt that the vendor got: "role: text", in its own words for roles; none if not asked. */
  readonly sent: readonly string[];
}

/** A plugin of the five, a request that it has something to do with, and what it changes. */
interface Subject {
  readonly name: string;
  config(): object;
  readonly request: object;
  readonly acted: Seen;
  readonly untouched: Seen;
  /** Where roles are named otherwise, or neighbours of one role are one turn. */
  readonly sentTo?: Partial<Record<Vendor, readonly string[]>>;
}

const passed = (sent: readonly string[], said: string): Seen => ({ status: 200, said, sent });
const refused = (said: string): Seen => ({ status: 400, said, sent: [] });
const ECHOED = passed(["user: Tell of cats."], "Tell of cats.");

const SUBJECTS: readonly (readonly [title: string, Subject])[] = [
  [
    "the template",
    {
      name: "ai-prompt-template",
      config: () => ({
        templates: [
          {
            name: "tell",
            template: '{"messages":[{"role":"user","content":"Tell of {{what}}, please."}]}',
          },
        ],
      }),
      request: { messages: "{template://tell}", properties: { what: "cats" } },
      acted: passed(["user: Tell of cats, please."], "Tell of cats, please."),
      untouched: refused("request body doesn't contain valid prompts"),
    },
  ],
  [
    "the decorator",
    {
      name: "ai-prompt-decorator",
      config: () => ({
        prompts: {
          prepend: [{ content: "Be brief." }],
          append: [
            { role: "assistant", content: "Of which?" },
            { role: "user", content: "All." },
          ],
        },
      }),
      request: CATS,
      acted: passed(
        ["system: Be brief.", "user: Tell of cats.", "assistant: Of which?", "user: All."],
        "All.",
      ),
      sentTo: {
        gemini: ["system: Be brief.", "user: Tell of cats.", "model: Of which?", "user: All."],
      },
      untouched: ECHOED,
    },
  ],
  [
    "the guard",
    {
      name: "ai-prompt-guard",
      config: () => ({ deny_patterns: ["cats"] }),
      request: CATS,
      acted: refused("bad request"),
      untouched: ECHOED,
    },
  ],
  [
    "the request transformer",
    {
      name: "ai-request-transformer",
      config: () => ({ prompt: "in", llm: llmAt(model.url) }),
      request: CATS,
      acted: passed(["user: Tell of dogs."], "Tell of dogs."),
      untouched: ECHOED,
    },
  ],
  [
    "the response transformer",
    {
      name: "ai-response-transformer",
      config: () => ({ prompt: "out", llm: llmAt(model.url) }),
      request: CATS,
      acted: { ...ECHOED, said: "rewritten" },
      untouched: ECHOED,
    },
  ],
];

/** A prompt in any of the three dialects. */
interface Prompt {
  readonly stream?: boolean;
  readonly system?: unknown;
  readonly systemInstruction?: unknown;
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
  readonly contents?: readonly { readonly role: string; readonly parts: unknown }[];
}

function sentPrompt(body: string): readonly string[] {
  const { system, systemInstruction, messages, contents } = JSON.parse(body) as Prompt;
  const told = system ?? systemInstruction;
  return [
    ...(told === undefined ? [] : [`system: ${wordsOf(told)}`]),
    ...(messages ?? []).map(({ role, content }) => `${role}: ${wordsOf(content)}`),
    ...(contents ?? []).map(({ role, parts }) => `${role}: ${wordsOf(parts)}`),
  ];
}

/** Text, a list of parts, or an object with such a list. */
function wordsOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(({ text }: { text: string }) => text).join("|");
  return wordsOf((content as { parts: unknown }).parts);
}

function vendorStreams(): boolean {
  const [request] = lab.requests;
  if (!request) return false;
  const { stream = false } = JSON.parse(request.body) as Prompt;
  return stream || request.path.includes(":streamGenerateContent");
}

interface Answer {
  readonly error?: { readonly message: string };
  readonly choices?: readonly { readonly message: { readonly content: string } }[];
}

async function ask(gateway: TestGateway, path: string, request: object, apikey = "") {
  lab.reset();
  const response = await gateway.post(path, request, { headers: { apikey } });
  const text = await response.text();
  const streamed = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const seen: Seen = {
    status: response.status,
    said: streamed ? textOf(text) : saidIn(JSON.parse(text) as Answer),
    sent: lab.requests.flatMap(({ body }) => sentPrompt(body)),
  };
  return { seen, streamed };
}

function saidIn({ error, choices }: Answer): string {
  return error?.message ?? choices?.[0]?.message.content ?? "";
}

const proxyTo = (vendor: Vendor) => ({ name: "ai-proxy", config: target(lab, vendor, "echo") });
const service = (name: string, routes: readonly object[], plugins: readonly object[] = []) => ({
  name,
  url: "http://localhost:1",
  routes,
  plugins,
});

function oneRoute(...plugins: readonly object[]) {
  const routes = [{ name: "r", paths: ["/ai"], plugins }];
  return { _format_version: "3.0", services: [service("s", routes)] };
}

const streamedOrNot = <T extends string>(vendors: readonly T[]) =>
  vendors.flatMap((vendor) => [false, true].map((stream) => ({ vendor, stream })));

describe.each(SUBJECTS)("%s, whoever answers", (_, subject) => {
  const { name, config, request, acted, sentTo } = subject;
  test.each(streamedOrNot(VENDORS))("$vendor, streamed: $stream", async ({ vendor, stream }) => {
    await using gateway = await startGateway(oneRoute({ name, config: config() }, proxyTo(vendor)));
    const { seen, streamed } = await ask(gateway, "/ai", { ...request, stream });
    expect(seen).toEqual({ ...acted, sent: sentTo?.[vendor] ?? acted.sent });
    const wasAsked = acted.sent.length > 0;
    expect(asked(lab)).toEqual(wasAsked ? [vendor] : []);
    expect(streamed).toBe(stream && acted.status === 200);
    // A response is rewritten whole, so no vendor is asked for a stream of it.
    const isRewritten = name === "ai-response-transformer";
    expect(vendorStreams()).toBe(stream && wasAsked && !isRewritten);
    const record = await gateway.record();
    expect(record.response.status).toBe(acted.status);
  });
});

describe("the request transformer before a balancer", () => {
  test.each(streamedOrNot(FIVE))("$vendor, streamed: $stream", async ({ vendor, stream }) => {
    const transformer = {
      name: "ai-request-transformer",
      config: { prompt: "in", llm: llmAt(model.url) },
    };
    const balancer = {
      name: "ai-proxy-advanced",
      config: { targets: [target(lab, vendor, "echo")] },
    };
    await using gateway = await startGateway(oneRoute(transformer, balancer));
    const response = await gateway.post("/ai", { ...CATS, stream });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(stream ? textOf(text) : saidIn(JSON.parse(text) as Answer)).toBe("Tell of dogs.");
    expect(asked(lab)).toEqual([vendor]);
    const { ai } = await gateway.record();
    expect(ai).toMatchObject({
      "ai-request-transformer": { usage: { total_tokens: 37 } },
      proxy: { meta: { provider_name: vendor } },
    });
  });
});

describe.each(SUBJECTS)("%s, for its scope alone", (_, subject) => {
  const { name, config, request, acted, untouched } = subject;
  test.each(["global", "service", "route", "consumer", "consumer_group"])("%s", async (scope) => {
    const at = (wanted: string) => (scope === wanted ? [{ name, config: config() }] : []);
    const route = (path: string, plugins: readonly object[] = []) => ({
      name: path.slice(1),
      paths: [path],
      plugins: [...plugins, proxyTo("openai")],
    });
    const keyed = (username: string, more: object = {}) => ({
      username,
      keyauth_credentials: [{ key: username }],
      ...more,
    });
    await using gateway = await startGateway({
      _format_version: "3.0",
      plugins: [{ name: "key-auth" }, ...at("global")],
      services: [
        service("in", [route("/in", at("route")), route("/beside")], at("service")),
        service("out", [route("/out")]),
      ],
      consumer_groups: [
        { name: "members", plugins: at("consumer_group") },
        { name: "others", plugins: [] },
      ],
      consumers: [
        keyed("ada", { plugins: at("consumer"), groups: [{ name: "members" }] }),
        keyed("bob", { groups: [{ name: "others" }] }),
      ],
    });
    const call = async (path: string, key: string) => (await ask(gateway, path, request, key)).seen;
    const when = (applies: boolean) => (applies ? acted : untouched);
    const isPersonal = scope.startsWith("consumer");
    expect(await call("/in", "ada")).toEqual(acted);
    expect(await call("/beside", "ada")).toEqual(when(scope !== "route"));
    expect(await call("/out", "ada")).toEqual(when(scope === "global" || isPersonal));
    expect(await call("/in", "bob")).toEqual(when(!isPersonal));
    expect((await call("/in", "nobody")).status).toBe(401);
    expect(lab.requests).toHaveLength(0);
  });
});
