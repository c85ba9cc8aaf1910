import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

interface List {
  readonly data: readonly { readonly id: string; readonly created?: number }[];
  readonly unlisted?: readonly { readonly provider: string; readonly reason: string }[];
}

async function listOf(config: object, path = "/v1/models"): Promise<List> {
  await using gateway = await startGateway(config);
  return (await (await fetch(`${gateway.url}${path}`)).json()) as List;
}

describe("the models of every provider are listed, and can be called by what is listed", () => {
  test.each([
    ["openai", { key: "k", url: "/v1" }, "/v1/models"],
    ["vllm", { url: "/v1" }, "/v1/models"],
    ["anthropic", { key: "k", url: "/v1" }, "/v1/models?limit=1000"],
    ["cohere", { key: "k", url: "/v2" }, "/v1/models?page_size=1000"],
    ["cohere", { key: "k", url: "/v1" }, "/v1/models?page_size=1000"],
    ["ollama", { url: "" }, "/api/tags"],
    ["mistral", { key: "k", url: "/mistral/v1" }, "/mistral/v1/models"],
  ])("%s %j", async (type, { url, ...more }, target) => {
    const provider = { ...more, type, url: `${lab.url}${url}` };
    await using gateway = await startGateway({ providers: { mine: provider } });
    const list = (await (await fetch(`${gateway.url}/v1/models`)).json()) as List;
    expect(lab.requests.at(-1)?.target).toBe(target);
    expect(list).not.toHaveProperty("unlisted");
    const ids = list.data.map(({ id }) => id);
    expect(ids).toContain("mine/echo");
    expect(ids).not.toContain("mine/lab-ocr");
    expect(ids).not.toContain("mine/lab-rerank");
    for (const { created = 1e9 } of list.data) expect(created).toBeGreaterThan(1e8);
    const answer = await gateway.post("/v1/chat/completions", ask("mine/echo"));
    expect([answer.status, (await answer.text()).includes("Say hello")]).toEqual([200, true]);
    const one = await fetch(`${gateway.url}/v1/models/mine/echo`);
    expect(await one.json()).toMatchObject({ id: "mine/echo", object: "model", owned_by: "mine" });
    expect((await fetch(`${gateway.url}/v1/models/mine%2Fecho`)).status).toBe(200);
  });

  test("an id that begins with its provider's own name is called by both", async () => {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ data: [{ id: "groq/compound", created: 0 }] }),
    });
    const groq = { type: "openai", key: "k", url: `http://127.0.0.1:${upstream.port}/v1` };
    const { data } = await listOf({ providers: { groq } });
    expect(data).toEqual([
      { id: "groq/groq/compound", object: "model", owned_by: "groq" },
    ] as never);
    await upstream.stop(true);
  });
});

describe("a provider that does not list", () => {
  test("is named with the reason, and hides no other", async () => {
    const dead = { type: "openai", key: "k", url: "http://127.0.0.1:1/v1" };
    const refused = { type: "openai", key: "wrong", url: `${lab.url}/nowhere/v1/x` };
    const providers = {
      good: { type: "vllm", url: `${lab.url}/v1` },
      dead,
      refused,
      azure: { key: "k", instance: "i" },
      raw: { type: "llama2", format: "raw", url: `${lab.url}/generate` },
    };
    const { data, unlisted } = await listOf({ providers });
    expect(data.map(({ id }) => id)).toContain("good/echo");
    expect(unlisted).toEqual([
      { provider: "dead", reason: expect.stringContaining("could not be reached") },
      { provider: "refused", reason: "its list of models answered 404" },
      { provider: "azure", reason: "a key of a resource cannot list its deployments" },
      { provider: "raw", reason: "a server of plain prompts lists no models" },
    ]);
  });

  test.each([
    ["something else", () => new Response("<p>hello"), "answered something else"],
    ["no list", () => Response.json({ data: 5 }), "answered something else"],
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/"), "answered 302"],
    ["too much", () => new Response(new Uint8Array(5 * 1024 * 1024)), "answered something else"],
  ])("so is one that answers %s", async (_what, answer, reason) => {
    const upstream = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    const url = `http://127.0.0.1:${upstream.port}/v1`;
    const { data, unlisted } = await listOf({ providers: { odd: { type: "vllm", url } } });
    expect(data).toEqual([]);
    expect(unlisted).toEqual([{ provider: "odd", reason: `its list of models ${reason}` }]);
    await upstream.stop(true);
  });

  test("pages without end are left at the tenth", async () => {
    let pages = 0;
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        pages += 1;
        return Response.json({ data: [{ id: `m${pages}` }], has_more: true, last_id: "m" });
      },
    });
    const claude = { type: "anthropic", key: "k", url: `http://127.0.0.1:${upstream.port}/v1` };
    const { data } = await listOf({ providers: { claude } });
    expect([data.length, pages]).toEqual([10, 10]);
    await upstream.stop(true);
  });
});

describe("configured names", () => {
  const config = (more: object = {}) => ({
    providers: { vllm: { url: `${lab.url}/v1` } },
    models: { fast: { use: "vllm/echo", options: { max_tokens: 7 } } },
    ...more,
  });

  test("are the list, unless all is wanted", async () => {
    const { data } = await listOf(config());
    expect(data).toEqual([{ id: "fast", object: "model", owned_by: "dragoman" }] as never);
    expect(lab.requests).toHaveLength(0);
    const all = await listOf(config({ list_models: "all" }));
    expect(all.data.map(({ id }) => id)).toContain("vllm/echo");
    const { models: _, ...providersAlone } = config();
    expect(await listOf({ ...providersAlone, list_models: "configured" })).toEqual({
      object: "list",
      data: [],
    } as never);
  });

  test("leave what else can be called to be asked for one by one", async () => {
    expect(await listOf(config(), "/v1/models/vllm/echo")).toMatchObject({ id: "vllm/echo" });
    expect(await listOf(config(), "/v1/models/fsat")).toMatchObject({
      error: { code: "model_not_found", message: expect.stringContaining("Did you mean 'fast'?") },
    });
  });

  test("make an unknown bare name a 404, also with one provider", async () => {
    await using gateway = await startGateway(config());
    const answer = await gateway.post("/v1/chat/completions", ask("fsat"));
    const { error } = (await answer.json()) as { error: { message: string; code: string } };
    expect([answer.status, error.code]).toEqual([404, "model_not_found"]);
    expect(error.message).toContain("Did you mean 'fast'?");
    expect(error.message).toContain("or provider/model (providers: vllm)");
    expect(lab.requests).toHaveLength(0);
    expect((await gateway.post("/v1/chat/completions", ask("vllm/echo"))).status).toBe(200);
  });

  test("without any, the only provider serves whatever is asked", async () => {
    await using gateway = await startGateway({ providers: { vllm: { url: `${lab.url}/v1` } } });
    expect((await gateway.post("/v1/chat/completions", ask("echo"))).status).toBe(200);
  });
});
