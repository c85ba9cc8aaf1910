import { expect, test } from "bun:test";
import fc from "fast-check";
import { load, problemLines } from "../../tests/fixtures/test-plugins.ts";
import type { Config } from "./config.ts";

function config(text: string, env: Readonly<Record<string, string>> = {}): Config {
  const result = load(`_format_version: "3.0"\n${text}`, { env });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

test.each([
  ["http://h", { protocol: "http", host: "h", port: 80 }],
  ["https://h", { protocol: "https", host: "h", port: 443 }],
  ["http://h:32000/v1/x", { protocol: "http", host: "h", port: 32_000, path: "/v1/x" }],
])("a url is short for where a service is: %s", (url, expected) => {
  expect(config(`services: [{ name: a, url: "${url}" }]`).services[0]).toMatchObject(expected);
});

test("a service that says the least has the defaults of the reference", () => {
  expect(config("services: [{ host: h }]").services[0]).toEqual({
    id: expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    protocol: "http",
    host: "h",
    port: 80,
    connectTimeoutMs: 60_000,
    headersTimeoutMs: 60_000,
    readTimeoutMs: 60_000,
    retries: 5,
    enabled: true,
    tags: [],
  });
});

test("a route that says the least matches everything, with the defaults of the reference", () => {
  expect(config("routes: [{ name: r }]").routes[0]).toEqual({
    id: expect.any(String),
    name: "r",
    protocols: ["http", "https"],
    methods: [],
    hosts: [],
    paths: [],
    headers: {},
    stripPath: true,
    preserveHost: false,
    pathHandling: "v0",
    regexPriority: 0,
    httpsRedirectStatusCode: 426,
    tags: [],
  });
});

test("header names of routes are lower case", () => {
  const [route] = config('routes: [{ headers: { X-Team: [a, "~*b"] } }]').routes;
  expect(route?.headers).toEqual({ "x-team": ["a", "~*b"] });
});

test("given ids stay, derived ids differ and survive an edit elsewhere", () => {
  const before = config(
    "services: [{ id: mine, host: h }, { name: b, host: h }]\nroutes: [{ paths: [/a] }, { paths: [/b] }]",
  );
  const after = config(
    "routes: [{ paths: [/b] }, { paths: [/a] }]\nservices: [{ name: b, host: changed }]",
  );
  expect(before.services[0]?.id).toBe("mine");
  expect(before.services[1]?.id).toBe(after.services[0]?.id ?? "");
  expect(before.routes.map(({ id }) => id)).toEqual(after.routes.map(({ id }) => id).reverse());
  expect(new Set(before.routes.map(({ id }) => id)).size).toBe(2);
});

test("two routes that say the same have two ids", () => {
  const { routes } = config("routes: [{ paths: [/a] }, { paths: [/a] }]");
  expect(routes[0]?.id).not.toBe(routes[1]?.id);
});

test("a plugin's scope is what it stands in and what it names", () => {
  const { plugins, routes, services, consumers } = config(`
services: [{ name: s, host: h, routes: [{ name: r }] }]
consumer_groups: [{ name: gold }]
consumers:
  - username: ada
    plugins: [{ name: http-log, route: r, config: { http_endpoint: a } }]
plugins:
  - { name: http-log, config: { http_endpoint: b } }
  - { name: http-log, service: s, route: { name: r }, consumer: { username: ada }, config: { http_endpoint: c } }
  - { name: ai-proxy, consumer_group: gold, config: { route_type: llm/v1/chat, model: { provider: openai } } }
`);
  const [service, route, consumer] = [services[0]?.id, routes[0]?.id, consumers[0]?.id];
  expect<unknown>(plugins.map(({ scope }) => scope)).toEqual([
    { routeId: route, consumerId: consumer },
    {},
    { routeId: route, serviceId: service, consumerId: consumer },
    { consumerGroup: "gold" },
  ]);
});

test("two plugins for things that are wrong are not taken for twins", () => {
  const text = `_format_version: "3.0"
plugins:
  - { name: http-log, route: a, config: { http_endpoint: a } }
  - { name: http-log, route: b, config: { http_endpoint: b } }
`;
  expect(problemLines(text)).toEqual([
    "3:30 plugins[0].route: invalid reference 'routes: a' (no such entry in 'routes')",
    "4:30 plugins[1].route: invalid reference 'routes: b' (no such entry in 'routes')",
  ]);
});

test("a consumer's groups are sorted, whichever side names them", () => {
  const { consumers } = config(`
consumers: [{ username: ada, groups: [{ name: zinc }, gold] }, { custom_id: "7" }]
consumer_groups: [{ name: zinc }, { name: gold }, { name: iron, consumers: [{ username: ada }, { custom_id: "7" }] }]
`);
  expect(consumers.map(({ groups }) => groups)).toEqual([["gold", "iron", "zinc"], ["iron"]]);
});

test("a disabled plugin is left out, and one that is not built is only a warning then", () => {
  const text = `plugins:
  - { name: http-log, enabled: false, config: { http_endpoint: a } }
  - { name: ai-semantic-cache, enabled: false, config: { what: ever } }
`;
  expect(config(text).plugins).toEqual([]);
  expect(config(text).warnings.map(({ message }) => message)).toEqual([
    "plugin 'ai-semantic-cache' is known but not built yet; it is disabled, so its config was not checked",
  ]);
});

test("what nothing depends on may stand in a file", () => {
  const { services, warnings } = config(`
services: [{ name: a, host: h }]
upstreams: [{ name: other, targets: [{ target: "x:1" }] }]
ca_certificates: [{ cert: c }]
keys: [{ name: k }]
key_sets: [{ name: s }]
vaults: [{ name: aws, prefix: far, config: { region: r } }]
partials: [{ name: p, type: redis-ee, config: { host: h } }]
cloned_plugins: []
plugin_schemas: []
`);
  expect(services).toHaveLength(1);
  expect(warnings).toEqual([]);
});

test("places are right behind a template that spans lines", () => {
  const text = `_format_version: "3.0"
_info: |
\${{ env "DECK_BLOCK" | indent 2 }}
services:
  - name: \${{ env "DECK_NAME" }}
    host: h
    prt: 1
`;
  const env = { DECK_BLOCK: "one\ntwo\nthree", DECK_NAME: "a-longer-name-than-its-template" };
  expect(problemLines(text, { env })).toEqual([
    "7:5 services[0].prt: unknown field (did you mean 'port'?)",
  ]);
});

test("places are right in merged maps, JSON with tabs, and files with carriage returns", () => {
  const merged = `_format_version: "3.0"
_info: &base { host: h, retrys: 1 }
services:
  - <<: *base
`;
  expect(problemLines(merged)).toEqual([
    "2:25 services[0].retrys: unknown field (did you mean 'retries'?)",
  ]);
  const json =
    '{\n\t"_format_version": "3.0",\n\t"services": [\n\t\t{ "host": "h", "prt": 1 }\n\t]\n}';
  expect(problemLines(json)).toEqual([
    "4:18 services[0].prt: unknown field (did you mean 'port'?)",
  ]);
  const windows = "\uFEFF_format_version: '3.0'\r\nservices:\r\n  - host: h\r\n    prt: 1\r\n";
  expect(problemLines(windows)).toEqual([
    "4:5 services[0].prt: unknown field (did you mean 'port'?)",
  ]);
});

test.each([
  ["nested too deep", "[".repeat(20_000)],
  [
    "an alias of itself",
    '_format_version: "3.0"\nplugins:\n  - &x { name: http-log, config: *x }\n',
  ],
  [
    "aliases without end",
    `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n`,
  ],
])("a file that would never end is refused: %s", (_name, text) => {
  expect(problemLines(text)).toHaveLength(1);
});

test("no file makes the loader throw", () => {
  const piece = fc.constantFrom(
    "services:",
    "routes:",
    "plugins:",
    "consumers:",
    "name: ai-proxy",
    "name: a",
    "config:",
    "- ",
    "\n",
    "  ",
    "    ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: *a",
    "null",
    "5",
    '"',
    ": ",
    "route_type: llm/v1/chat",
    "model: {provider: openai}",
    "{vault://env/x}",
    `\${{ env "X" }}`,
    "providers:",
    "models:",
    "$X",
    "openai: ",
    "url: ",
    "http://",
    "? ",
    "!!binary ",
    "---",
    "\t",
    "__proto__: ",
    "consumer_groups:",
    "service: a",
    "id: 1",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      problemLines(pieces.join(""), { env: { X: "5" } });
    }),
    { numRuns: 400 },
  );
});
