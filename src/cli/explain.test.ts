import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dragoman } from "../../tests/fixtures/dragoman.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dragoman-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function explain(config: object, request: object) {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  const requestFile = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(file, JSON.stringify({ _format_version: "3.0", ...config }));
  await writeFile(requestFile, JSON.stringify(request));
  return dragoman(["explain", file, requestFile]);
}

/** A route to a plain service, where nobody listens. */
const plain = (more: object = {}) => ({
  services: [
    { url: "http://127.0.0.1:9/base", routes: [{ name: "plain", paths: ["/a"] }], ...more },
  ],
});

test("a request for a plain service is shown as it would be sent", async () => {
  const got = await explain(plain(), { method: "GET", path: "/a/b?c=d&key=hidden" });
  expect(got).toMatchObject({ exitCode: 0, err: "" });
  expect(JSON.parse(got.out)).toEqual({
    request: { method: "GET", path: "/a/b" },
    route: "plain",
    plugins: [],
    upstream: {
      method: "GET",
      url: "http://127.0.0.1:9/base/b?c=d&key=REDACTED",
      headers: { "content-type": "application/json" },
    },
  });
});

test("so is its body, which would be streamed, and who was recognised has plugins of its own", async () => {
  const log = { name: "http-log", config: { http_endpoint: "http://127.0.0.1:9" } };
  const config = {
    ...plain({ plugins: [{ name: "key-auth" }] }),
    consumers: [
      {
        username: "alice",
        keyauth_credentials: [{ key: "a-key" }],
        groups: [{ name: "gold" }],
        plugins: [log],
      },
    ],
    consumer_groups: [{ name: "gold", plugins: [{ name: "prometheus" }] }],
  };
  const request = { path: "/a", headers: { apikey: "a-key" }, body: { hello: "world" } };
  const { exitCode, out } = await explain(config, request);
  expect(exitCode).toBe(0);
  expect(out).not.toContain("a-key");
  expect(JSON.parse(out)).toMatchObject({
    route: "plain",
    plugins: ["key-auth", "prometheus", "http-log"],
    upstream: {
      method: "POST",
      url: "http://127.0.0.1:9/base",
      headers: { "x-consumer-username": "alice" },
      body: { hello: "world" },
    },
  });
  const stranger = await explain(config, { path: "/a" });
  expect(stranger.exitCode).toBe(1);
  expect(JSON.parse(stranger.out)).toMatchObject({
    route: "plain",
    plugins: ["key-auth"],
    answer: { status: 401 },
  });
});

test("a guard that would ask somebody first is passed, and nobody is asked", async () => {
  const guard = {
    name: "ai-azure-content-safety",
    config: {
      content_safety_url: "http://127.0.0.1:9/contentsafety/text:analyze",
      content_safety_key: "a-key",
      categories: [{ name: "Hate", rejection_level: 2 }],
    },
  };
  const proxy = {
    name: "ai-proxy",
    config: {
      route_type: "llm/v1/chat",
      model: {
        provider: "openai",
        name: "gpt-5",
        options: { upstream_url: "http://127.0.0.1:9/v1/chat/completions" },
      },
    },
  };
  const routes = [{ name: "ai", paths: ["/ai"], plugins: [guard, proxy] }];
  const config = { services: [{ url: "http://127.0.0.1:9", routes }] };
  const { exitCode, out } = await explain(config, { messages: [{ role: "user", content: "hi" }] });
  expect(exitCode).toBe(0);
  expect(out).not.toContain("a-key");
  expect(JSON.parse(out)).toMatchObject({
    plugins: ["ai-azure-content-safety", "ai-proxy"],
    target: { provider: "openai", model: "gpt-5" },
    upstream: { url: "http://127.0.0.1:9/v1/chat/completions" },
  });
});

test("a service that is off takes no request", async () => {
  const { exitCode, out } = await explain(plain({ enabled: false }), { path: "/a" });
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toEqual({
    request: { method: "POST", path: "/a" },
    plugins: [],
    answer: { status: 404, body: { message: "no Route matched with those values" } },
  });
});

test.each([
  [{ path: "a b" }, "the request's path 'a b' does not begin with a /"],
  [
    { path: "/a", headers: { "a b": "c" } },
    "no client could send this request: Invalid header name: 'a b'",
  ],
])("%p is no request", async (request, sentence) => {
  const { exitCode, out, err } = await explain(plain(), request);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(err).toBe(
    `dragoman: ${sentence}\n\nUsage: dragoman explain FILE [REQUEST.json] [--json]\n`,
  );
});

test("under what a kept answer is looked for is shown, and nobody is asked for a vector", async () => {
  const cache = {
    name: "ai-semantic-cache",
    config: {
      embeddings: {
        model: {
          provider: "openai",
          name: "text-embedding-3-small",
          options: { upstream_url: "http://127.0.0.1:9/v1/embeddings" },
        },
      },
      vectordb: { strategy: "memory", dimensions: 8, distance_metric: "cosine", threshold: 0.1 },
      partition_by: ["caller"],
    },
  };
  const proxy = {
    name: "ai-proxy",
    config: {
      route_type: "llm/v1/chat",
      model: { provider: "openai", name: "m", options: { upstream_url: "http://127.0.0.1:9/" } },
    },
  };
  const config = plain({ plugins: [proxy, cache] });
  const request = { path: "/a", body: { messages: [{ role: "user", content: "What is it?" }] } };
  const { cache: shown } = JSON.parse((await explain(config, request)).out);
  expect(shown).toMatchObject({ question: "What is it?", ttl: 300, threshold: 0.1, verify: "off" });
  expect(shown.key).toMatch(/^[0-9a-f]{64}$/);
});
