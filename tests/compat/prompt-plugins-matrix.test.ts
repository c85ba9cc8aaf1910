import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { target } from "../faults/balanced.ts";
import { startGateway, type TestGateway, textOf } from "../gateway.ts";
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

/** A plugin of the five, a request that it has something to do with, and how one sees that it did. */
interface Subject {
  readonly name: string;
  config(): object;
  readonly request: object;
  acted(seen: Seen): boolean;
}

interface Seen {
  readonly status: number;
  /** What the client was told. */
  readonly said: string;
  /** What the vendor was asked; empty when it was not. */
  readonly sent: string;
}

const SUBJECTS: readonly (readonly [title: string, Subject])[] = [
  [
    "S6 the template",
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
      acted: ({ status, sent }) => status === 200 && sent.includes("Tell of cats, please."),
    },
  ],
  [
    "S5 the decorator",
    {
      name: "ai-prompt-decorator",
      config: () => ({
        prompts: {
          prepend: [{ content: "Be brief." }],
          append: [{ role: "user", content: "Thanks." }],
        },
      }),
      request: CATS,
      acted: ({ status, sent }) =>
        status === 200 && sent.includes("Be brief.") && /Tell of cats.*Thanks\./.test(sent),
    },
  ],
  [
    "S4 the guard",
    {
      name: "ai-prompt-guard",
      config: () => ({ deny_patterns: [".*cats.*"] }),
      request: CATS,
      acted: ({ status, sent }) => status === 400 && sent === "",
    },
  ],
  [
    "T1 T4 the request transformer",
    {
      name: "ai-request-transformer",
      config: () => ({ prompt: "in", llm: llmAt(model.url) }),
      request: CATS,
      acted: ({ status, sent }) => status === 200 && sent.includes("Tell of dogs."),
    },
  ],
  [
    "T2 the response transformer",
    {
      name: "ai-response-transformer",
      config: () => ({ prompt: "out", llm: llmAt(model.url) }),
      request: CATS,
      acted: ({ status, said }) => status === 200 && said === "rewritten",
    },
  ],
];

async function ask(
  gateway: TestGateway,
  path: string,
  request: object,
  apikey = "",
): Promise<Seen> {
  lab.reset();
  const response = await gateway.post(path, request, { headers: { apikey } });
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const said = isStream ? textOf(text) : (JSON.parse(text).choices?.[0].message.content ?? "");
  return { status: response.status, said, sent: lab.requests[0]?.body ?? "" };
}

const proxyTo = (vendor: (typeof VENDORS)[number]) => ({
  name: "ai-proxy",
  config: target(lab, vendor, "echo"),
});
const service = (name: string, routes: readonly object[], plugins: readonly object[] = []) => ({
  name,
  url: "http://localhost:1",
  routes,
  plugins,
});

describe.each(SUBJECTS)("%s, whoever answers", (_, { name, config, request, acted }) => {
  test.each(VENDORS.flatMap((vendor) => [false, true].map((stream) => ({ vendor, stream }))))(
    "$vendor, streamed: $stream",
    async ({ vendor, stream }) => {
      const plugins = [{ name, config: config() }, proxyTo(vendor)];
      const routes = [{ name: "r", paths: ["/ai"], plugins }];
      await using gateway = await startGateway({
        _format_version: "3.0",
        services: [service("s", routes)],
      });
      const seen = await ask(gateway, "/ai", { ...request, stream });
      expect({ ...seen, acted: acted(seen) }).toMatchObject({ acted: true });
      const record = await gateway.record();
      expect(record.response.status).toBe(seen.status);
    },
  );
});

describe.each(SUBJECTS)("G3 %s, for its scope alone", (_, { name, config, request, acted }) => {
  test.each(["global", "service", "route", "consumer", "consumer group"])("%s", async (scope) => {
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
      consumer_groups: [{ name: "members", plugins: at("consumer group") }],
      consumers: [
        keyed("ada", { plugins: at("consumer"), groups: [{ name: "members" }] }),
        keyed("bob"),
      ],
    });
    const calls = [
      ["/in", "ada"],
      ["/beside", "ada"],
      ["/out", "ada"],
      ["/in", "bob"],
    ] as const;
    const found: Record<string, boolean> = {};
    for (const [path, key] of calls) {
      found[`${key} ${path}`] = acted(await ask(gateway, path, request, key));
    }
    const isPersonal = scope.startsWith("consumer");
    expect(found).toEqual({
      "ada /in": true,
      "ada /beside": scope !== "route",
      "ada /out": scope === "global" || isPersonal,
      "bob /in": !isPersonal,
    });
  });
});
