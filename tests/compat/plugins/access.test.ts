import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { ask, openai, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const CONSUMERS = [
  { username: "ann", groups: ["staff", "beta"] },
  { username: "bob", groups: ["guests"] },
  { username: "eve", groups: [] },
].map(({ username, groups }) => ({
  username,
  keyauth_credentials: [{ key: `key-${username}` }],
  acls: groups.map((group) => ({ group })),
}));

/** One route with key-auth, optional for strangers, and a plugin behind it. */
function guarded(name: string, config: object, target: object = openai(lab.url)) {
  const plugins = [
    { name: "key-auth", config: { anonymous: "stranger" } },
    { name, config },
    { name: "ai-proxy", config: target },
  ];
  return {
    _format_version: "3.0",
    services: [
      { name: "s", url: "http://localhost:1", routes: [{ name: "r", paths: ["/ai"], plugins }] },
    ],
    consumers: [...CONSUMERS, { username: "stranger" }],
  };
}

async function answers(config: object, who: readonly string[], body: object = ask("lab/echo")) {
  await using gateway = await startGateway(config);
  const seen: (string | number)[][] = [];
  for (const username of who) {
    const headers = { apikey: `key-${username}` };
    const response = await gateway.post("/ai", body, { headers });
    const { message = "" } = (await response.json()) as { message?: string };
    seen.push([username, response.status, message]);
  }
  return seen;
}

const PASSED = (who: string) => [who, 200, ""];
const REFUSED = (who: string) => [who, 403, "You cannot consume this service"];

describe("acl", () => {
  test("allow: who is in none of the groups is refused", async () => {
    const config = guarded("acl", { allow: ["staff"] });
    expect(await answers(config, ["ann", "bob", "eve"])).toEqual([
      PASSED("ann"),
      REFUSED("bob"),
      REFUSED("eve"),
    ]);
  });

  test("deny: who is in one of the groups is refused", async () => {
    const config = guarded("acl", { deny: ["guests"] });
    expect(await answers(config, ["ann", "bob", "eve"])).toEqual([
      PASSED("ann"),
      REFUSED("bob"),
      PASSED("eve"),
    ]);
  });

  test("who was not recognised is told so", async () => {
    const { services } = guarded("acl", { allow: ["staff"] });
    const [service] = services;
    const plugins = service?.routes[0]?.plugins.slice(1);
    const routes = [{ name: "r", paths: ["/ai"], plugins }];
    const open = { _format_version: "3.0", services: [{ ...service, routes }] };
    expect(await answers(open, ["ann"])).toEqual([["ann", 401, "Unauthorized"]]);
  });
});

describe("ip-restriction", () => {
  test.each<[string, object, number, string]>([
    ["allowed", { allow: ["127.0.0.0/8"] }, 200, ""],
    ["not allowed", { allow: ["10.0.0.0/8"] }, 403, "IP address not allowed: 127.0.0.1"],
    ["denied", { deny: ["127.0.0.1"] }, 403, "IP address not allowed: 127.0.0.1"],
    [
      "denied and allowed",
      { allow: ["127.0.0.1"], deny: ["127.0.0.1/32"] },
      403,
      "IP address not allowed: 127.0.0.1",
    ],
    ["in other words", { deny: ["127.0.0.1"], status: 418, message: "No." }, 418, "No."],
  ])("%s", async (_, config, status, message) => {
    expect(await answers(guarded("ip-restriction", config), ["ann"])).toEqual([
      ["ann", status, message],
    ]);
  });
});

describe("request-size-limiting", () => {
  const long = ask("lab/echo", { user: "x".repeat(3_000) });

  test("a body that is too large is refused before it is read", async () => {
    const config = guarded("request-size-limiting", {
      allowed_payload_size: 2,
      size_unit: "kilobytes",
    });
    expect(await answers(config, ["ann"])).toEqual([PASSED("ann")]);
    expect(await answers(config, ["ann"], long)).toEqual([
      ["ann", 413, "Request size limit exceeded"],
    ]);
  });

  test("one that does not say how long it is is counted, or refused where it has to say", async () => {
    const stream = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(JSON.stringify(long)));
          controller.close();
        },
      });
    const status = async (config: object) => {
      await using gateway = await startGateway(
        guarded("request-size-limiting", { size_unit: "bytes", ...config }),
      );
      const response = await fetch(`${gateway.url}/ai`, {
        method: "POST",
        headers: { "content-type": "application/json", apikey: "key-ann" },
        body: stream(),
      });
      return response.status;
    };
    expect(await status({ allowed_payload_size: 2_000 })).toBe(413);
    expect(await status({ allowed_payload_size: 8_000 })).toBe(200);
    expect(await status({ allowed_payload_size: 8_000, require_content_length: true })).toBe(411);
  });
});

describe("rate-limiting and rate-limiting-advanced", () => {
  // No window ends within a test.
  beforeEach(() => setSystemTime(new Date(Date.UTC(2027, 0, 10))));
  afterEach(() => setSystemTime());

  test("so many requests in a minute, with the reference's headers and words", async () => {
    await using gateway = await startGateway(guarded("rate-limiting", { minute: 2, hour: 100 }));
    const call = () => gateway.post("/ai", ask("lab/echo"), { headers: { apikey: "key-ann" } });
    const first = await call();
    expect(first.headers.get("x-ratelimit-limit-minute")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining-minute")).toBe("1");
    expect(first.headers.get("x-ratelimit-remaining-hour")).toBe("99");
    expect(first.headers.get("ratelimit-limit")).toBe("2");
    expect(first.headers.get("ratelimit-remaining")).toBe("1");
    expect((await call()).status).toBe(200);
    const third = await call();
    expect(third.status).toBe(429);
    expect(await third.json()).toMatchObject({ message: "API rate limit exceeded" });
    const retryAfter = Number(third.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(third.headers.get("ratelimit-reset")).toBe(String(retryAfter));
  });

  test("each caller has counters of its own", async () => {
    const config = guarded("rate-limiting-advanced", { limit: [1], window_size: [3600] });
    expect(await answers(config, ["ann", "ann", "bob"])).toEqual([
      PASSED("ann"),
      ["ann", 429, "API rate limit exceeded"],
      PASSED("bob"),
    ]);
  });

  test("compound_identifier: each combination has", async () => {
    const config = guarded("rate-limiting-advanced", {
      limit: [1],
      window_size: [3600],
      compound_identifier: ["consumer", "header"],
      header_name: "x-team",
    });
    await using gateway = await startGateway(config);
    const status = async (team: string) => {
      const headers = { apikey: "key-ann", "x-team": team };
      return (await gateway.post("/ai", ask("lab/echo"), { headers })).status;
    };
    expect([await status("a"), await status("b"), await status("a")]).toEqual([200, 200, 429]);
  });
});

describe("what is refused when it is loaded", () => {
  test.each<[string, object, string]>([
    ["acl", {}, "only one of these fields must be non-empty"],
    ["acl", { allow: ["a"], deny: ["b"] }, "only one of these fields must be non-empty"],
    ["ip-restriction", {}, "at least one of these fields must be non-empty"],
    ["ip-restriction", { allow: ["10.0.0.0/33"] }, "invalid ip or cidr range"],
    ["rate-limiting", {}, "at least one of these fields must be non-empty"],
    [
      "rate-limiting",
      { minute: 20, hour: 10 },
      "The limit for hour(10) cannot be lower than the limit for minute(20)",
    ],
    ["rate-limiting", { minute: 1, policy: "cluster" }, "policy 'cluster' needs a database"],
    [
      "rate-limiting",
      {
        minute: 1,
        policy: "redis",
        redis: { cloud_authentication: { auth_provider: "aws" } },
      },
      "redis.cloud_authentication.auth_provider: tokens of aws are not supported",
    ],
    [
      "rate-limiting-advanced",
      { limit: [1, 2], window_size: [60] },
      "You must provide the same number of windows and limits",
    ],
    [
      "rate-limiting-advanced",
      { limit: [1], window_size: [60], identifier: "header" },
      "No header name provided",
    ],
  ])("%s %j", (name, config, words) => {
    const text = JSON.stringify(guarded(name, config, openai("http://localhost:1")));
    const loaded = loadConfig(
      { text, file: "test.yaml" },
      { env: {}, plugins: PLUGINS, readFile: () => "" },
    );
    expect(JSON.stringify("problems" in loaded ? loaded.problems : [])).toContain(words);
  });
});
