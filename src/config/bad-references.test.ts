import { expect, test } from "bun:test";
import { problemLines } from "../../tests/fixtures/test-plugins.ts";

test("a wrong field of an entity hides no wrong reference of it", () => {
  const text = `_format_version: "3.0"
services: [{ name: a, host: h }]
routes:
  - { name: r, service: nope, paths: [/a], strip_path: x }
  - { name: s, service: a, hosts: [5] }
plugins:
  - { name: http-log, route: zzz, enabled: 5, config: { http_endpoint: e } }
  - { name: http-log, service: { id: b }, consumer: c, consumer_group: d, tags: e, config: {} }
consumers: [{ username: ada }]
keyauth_credentials: [{ consumer: { username: adda }, key: 5 }]
consumer_group_consumers: [{ consumer: bob, consumer_group: gold, tags: t }]
`;
  expect(problemLines(text)).toEqual([
    "4:25 routes[0].service: invalid reference 'services: nope' (no such entry in 'services')",
    "4:56 routes[0].strip_path: expected a boolean",
    "5:36 routes[1].hosts[0]: expected a string",
    "7:30 plugins[0].route: invalid reference 'routes: zzz' (no such entry in 'routes')",
    "7:44 plugins[0].enabled: expected a boolean",
    "8:32 plugins[1].service: invalid reference 'services: b' (no such entry in 'services')",
    "8:53 plugins[1].consumer: invalid reference 'consumers: c' (no such entry in 'consumers')",
    "8:72 plugins[1].consumer_group: invalid reference 'consumer_groups: d' (no such entry in 'consumer_groups')",
    "8:81 plugins[1].tags: expected an array",
    "8:84 plugins[1].config.http_endpoint: required field missing",
    "10:35 keyauth_credentials[0].consumer: invalid reference 'consumers: adda' (no such entry in 'consumers') (did you mean 'ada'?)",
    "10:60 keyauth_credentials[0].key: expected a string",
    "11:40 consumer_group_consumers[0].consumer: invalid reference 'consumers: bob' (no such entry in 'consumers')",
    "11:61 consumer_group_consumers[0].consumer_group: invalid reference 'consumer_groups: gold' (no such entry in 'consumer_groups')",
    "11:73 consumer_group_consumers[0].tags: expected an array",
  ]);
});

test("a wrong field of a model hides no provider that is none", () => {
  const text = `providers: { openai: { key: k } }
models:
  a: { use: opnai/x, balnce: latency }
  b: { use: [openai/x, nope/y], cache: 5, options: 5 }
`;
  expect(problemLines(text)).toEqual([
    "3:13 models.a.use: no provider is called 'opnai' (did you mean 'openai'?)",
    "3:22 models.a.balnce: unknown field (did you mean 'balance'?)",
    "4:24 models.b.use[1]: no provider is called 'nope'",
    "4:40 models.b.cache: expected one of: semantic",
    "4:52 models.b.options: expected a record",
  ]);
});

test.each([
  ["localhost:8080", "expected a URL: write http://localhost:8080"],
  ["localhost:8080/v1?a=b", "expected a URL: write http://localhost:8080"],
  ["gpu-1.internal:80", "expected a URL: write http://gpu-1.internal:80"],
  ["10.0.0.1:8080", "expected a URL: write http://10.0.0.1:8080"],
  ["mailto:me", "expected a URL"],
  ["llm.internal", "expected a URL"],
])("a service's url without a protocol is said to lack it: %s", (url, message) => {
  expect(problemLines(`_format_version: "3.0"\nservices: [{ url: "${url}" }]\n`)).toEqual([
    `2:19 services[0].url: ${message}`,
  ]);
});

test("a provider's url without a protocol is said to lack it", () => {
  expect(problemLines('providers: { vllm: { url: "localhost:8080/v1" } }')).toEqual([
    "1:27 providers.vllm.url: expected a URL that begins with http:// or https://",
  ]);
});
