import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { keyDigest } from "../../../src/plugins/key-auth/key-index.ts";
import { ask, openai, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const sent = () => JSON.parse(lab.requests.at(-1)?.body ?? "{}") as Record<string, unknown>;

function claude(over: object = {}) {
  const options = { upstream_url: `${lab.url}/v1/messages`, anthropic_version: "2023-06-01" };
  return openai(lab.url, {
    auth: { header_name: "x-api-key", header_value: "k" },
    model: { provider: "anthropic", name: "lab/echo", options: { ...options, max_tokens: 10 } },
    ...over,
  });
}

test.each([
  ["openai", () => openai(lab.url)],
  ["anthropic", () => claude()],
])("a whole call to %s stays whole when extra_body asks for a stream", async (_name, target) => {
  await using gateway = await startGateway(proxies(target()));
  const body = ask("lab/echo", { extra_body: { stream: true } });
  const answer = await gateway.post("/ai", body);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-dragoman-notices")).toContain("dropped extra_body.stream");
  expect(await answer.json()).toHaveProperty("choices");
  expect(sent()["stream"]).not.toBe(true);
});

test("a strict route refuses what would override it, and names the member", async () => {
  await using gateway = await startGateway(proxies(claude({ fidelity: "strict" })));
  const extra_body = { model: "expensive", max_tokens: 9999 };
  const answer = await gateway.post("/ai", ask("lab/echo", { extra_body }));
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("extra_body.model would be dropped");
  expect(lab.requests).toHaveLength(0);
});

test("a key that may call one model reaches no other by another member", async () => {
  await using gateway = await startGateway({
    providers: { openai: { key: "sk-vendor", url: `${lab.url}/v1` } },
    keys: { team: { hash: keyDigest("dg_1_team"), models: ["openai/lab/echo"] } },
  });
  const headers = { authorization: "Bearer dg_1_team" };
  const post = (more: object) =>
    gateway.post("/v1/chat/completions", ask("openai/lab/echo", more), { headers });
  const hidden = await post({ extra_body: { model: "lab/secret", models: ["lab/secret"] } });
  expect(hidden.status).toBe(200);
  expect(sent()["model"]).toBe("lab/echo");
  expect(JSON.stringify(sent())).not.toContain("lab/secret");
  for (const more of [{ models: ["lab/secret"] }, { fallbacks: [{ model: "lab/secret" }] }]) {
    expect((await post(more)).status).toBe(403);
  }
  expect(lab.requests).toHaveLength(1);
});

test("vectors are asked of the route's model, for the client's texts", async () => {
  for (const [provider, name, path, own] of [
    ["openai", "text-embedding-3-small", "/v1/embeddings", { user: "u" }],
    ["cohere", "embed-v4.0", "/v2/embed", { truncate: "END" }],
  ] as const) {
    const model = { provider, name, options: { upstream_url: lab.url + path } };
    await using gateway = await startGateway(
      proxies(openai(lab.url, { route_type: "llm/v1/embeddings", model })),
    );
    const extra_body = { model: "expensive", input: "other", texts: ["other"], ...own };
    const answer = await gateway.post("/ai", { model: name, input: "a", extra_body });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-dragoman-notices")).toContain("dropped extra_body.model");
    expect(sent()).toMatchObject({ model: name, ...own });
    expect(JSON.stringify(sent())).not.toContain("other");
  }
});
