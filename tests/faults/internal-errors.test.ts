import { afterAll, afterEach, beforeAll, beforeEach, expect, spyOn, test } from "bun:test";
import { z } from "zod";
import { HeaderMap } from "../../src/framing/header-map.ts";
import type { Middleware } from "../../src/gateway/call/call.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { definePlugin } from "../../src/plugins/define-plugin.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const silent = () => spyOn(console, "error").mockImplementation(() => undefined);
let errors: ReturnType<typeof silent>;
beforeEach(() => {
  errors = silent();
});
afterEach(() => errors.mockRestore());

const said = () => errors.mock.calls.map(([line]) => String(line));

const SECRETS = /hidden-in-query|sk-hidden/;

function stumble(): never {
  throw new TypeError("at http://a.test/x?key=hidden-in-query with sk-hidden0123456789abcdef");
}

/** A plugin with a mistake in it, further in than any of ours. */
const faulty = (handle: Middleware) =>
  definePlugin({
    name: "faulty",
    priority: 2,
    about: "Has a mistake in it.",
    options: z.strictObject({}),
    scopes: [],
    create: () => ({ handle }),
  });

/** Gives a piece, and breaks once the client has the head of the answer. */
function breakingOff(hasBegun: Promise<void>): Middleware {
  const pump = async (write: (chunk: Uint8Array) => unknown) => {
    write(new TextEncoder().encode("begun"));
    await hasBegun;
    stumble();
  };
  const chunks = { pump, cancel: () => undefined };
  return async () => ({
    status: 200,
    headers: HeaderMap.of([]),
    body: { type: "chunks", chunks },
  });
}

const transformer = () => ({
  name: "ai-response-transformer",
  config: { prompt: "Shout.", llm: openai(lab.url) },
});

const gatewayWith = (handle: Middleware, plugins: readonly object[] = []) => {
  const { services } = proxies(openai(lab.url)) as { services: object[] };
  const plain = { name: "plain", url: lab.url, routes: [{ paths: ["/plain"] }] };
  const config = {
    _format_version: "3.0",
    services: [...services, plain],
    plugins: [...plugins, { name: "faulty" }],
  };
  return startGateway(config, { plugins: [faulty(handle)] });
};

function expectToldOnce(id: string | null): void {
  const [line = "", ...more] = said();
  expect(more).toEqual([]);
  expect(line).toStartWith(`dragoman: request ${id} failed: TypeError: at http://a.test/x?key=`);
  expect(line).toContain(" at stumble ");
  expect(line).not.toMatch(SECRETS);
}

test.each([
  ["in an AI route", () => [], "/ai"],
  ["behind a plugin that answers errors", () => [transformer()], "/ai"],
  ["in a route to a service", () => [], "/plain"],
])("a mistake of our own %s is told once, with its request", async (_, plugins, path) => {
  await using gateway = await gatewayWith(stumble, plugins());
  const response = await gateway.post(path, ask("lab/echo"));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toMatch(SECRETS);
  await gateway.record();
  expectToldOnce(response.headers.get("x-kong-request-id"));
});

test("so is one in an answer that has begun", async () => {
  const begun = Promise.withResolvers<void>();
  await using gateway = await gatewayWith(breakingOff(begun.promise));
  const response = await gateway.post("/plain", ask("lab/echo"));
  begun.resolve();
  expect(response.text()).rejects.toThrow();
  await gateway.record();
  expectToldOnce(response.headers.get("x-kong-request-id"));
});

test.each([
  ["an upstream that is not there", "http://127.0.0.1:1", ask("lab/echo"), 502],
  ["a request that is none", "http://127.0.0.1:1", "{", 400],
])("%s is no such mistake", async (_, url, body, status) => {
  await using gateway = await startGateway(proxies(openai(url)));
  expect((await gateway.post("/ai", body)).status).toBe(status);
  await gateway.record();
  expect(said()).toEqual([]);
});
