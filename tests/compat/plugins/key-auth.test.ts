import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { keyDigest } from "../../../src/plugins/key-auth/key-index.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { ask, openai, startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const KEY = "a-canary-key-of-alice";
const CONSUMERS = [
  {
    username: "alice",
    custom_id: "älice-1",
    keyauth_credentials: [{ id: "credential-1", key: KEY }],
  },
  { username: "bob", keyauth_credentials: [{ hash: keyDigest("bobs key") }] },
  { username: "stranger" },
];

/** A route to a plain service that says what it got, and one to a model; key-auth on both. */
function config(options: object = {}, more: object = {}) {
  const guard = { name: "key-auth", config: options };
  return {
    _format_version: "3.0",
    consumers: CONSUMERS,
    services: [
      {
        name: "plain",
        url: `${lab.url}/anything`,
        routes: [{ name: "plain", paths: ["/plain"], plugins: [guard] }],
      },
      {
        name: "models",
        url: "http://localhost:1",
        routes: [
          {
            name: "chat",
            paths: ["/chat"],
            plugins: [guard, { name: "ai-proxy", config: openai(lab.url) }],
          },
        ],
      },
    ],
    ...more,
  };
}

/** What the plain service says it got, or an error. */
interface Seen {
  readonly message: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function plain(gateway: TestGateway, path: string, init: BunFetchRequestInit = {}) {
  const response = await fetch(`${gateway.url}/plain${path}`, init);
  const body = (await response.json()) as Seen;
  return { status: response.status, body, challenge: response.headers.get("www-authenticate") };
}

const withKey = (key = KEY, name = "apikey") => ({ headers: { [name]: key } });

describe("who is let in", () => {
  test.each([
    ["no key", "", {}, "No API key found in request"],
    ["an empty key", "", withKey(""), "No API key found in request"],
    ["an unknown key", "", withKey("wrong"), "Unauthorized"],
    ["a scheme before the key", "", withKey(`Bearer ${KEY}`), "Unauthorized"],
    ["two keys in headers", "", withKey(`${KEY}, ${KEY}`), "Duplicate API key found"],
    ["two keys in the query", `?apikey=${KEY}&apikey=b`, {}, "Duplicate API key found"],
    ["a key under another name", `?api_key=${KEY}`, {}, "No API key found in request"],
  ])("%s is refused with 401", async (_name, search, init, message) => {
    await using gateway = await startGateway(config());
    const { status, body, challenge } = await plain(gateway, search, init);
    expect(status).toBe(401);
    expect(body).toMatchObject({ message, error: { message }, request_id: expect.any(String) });
    expect(challenge).toBe("Key");
    expect(lab.requests).toHaveLength(0);
  });

  test("the realm stands in the challenge", async () => {
    await using gateway = await startGateway(config({ realm: "the models" }));
    expect((await plain(gateway, "")).challenge).toBe('Key realm="the models"');
  });

  test.each([
    ["in a header", "", withKey()],
    ["in a header of any case", "", { headers: { APIKEY: KEY } }],
    ["in the query", `?apikey=${KEY}`, {}],
    ["by its hash", "", withKey("bobs key")],
  ])("a key %s is good", async (_name, search, init) => {
    await using gateway = await startGateway(config());
    expect((await plain(gateway, search, init)).status).toBe(200);
  });

  test("headers come before the query, the query before the body", async () => {
    await using gateway = await startGateway(config({ key_in_body: true }));
    const { status } = await plain(gateway, "?apikey=wrong", withKey());
    expect(status).toBe(200);
    const json = { "content-type": "application/json" };
    const inBody = { method: "POST", body: JSON.stringify({ apikey: KEY, n: 1 }), headers: json };
    expect((await plain(gateway, "?apikey=wrong", inBody)).status).toBe(401);
    expect((await plain(gateway, "", inBody)).status).toBe(200);
  });

  test("places that are switched off are not looked in", async () => {
    await using gateway = await startGateway(config({ key_in_header: false, key_in_query: false }));
    expect((await plain(gateway, "", withKey())).status).toBe(401);
    expect((await plain(gateway, `?apikey=${KEY}`)).status).toBe(401);
  });

  test("names are tried in order", async () => {
    await using gateway = await startGateway(config({ key_names: ["x-first", "x-second"] }));
    const both = { headers: { "x-first": "wrong", "x-second": KEY } };
    expect((await plain(gateway, "", both)).status).toBe(401);
    expect((await plain(gateway, "", withKey(KEY, "x-second"))).status).toBe(200);
  });

  test("a Bearer scheme is taken off where that is switched on", async () => {
    const options = { key_names: ["authorization"], key_strip_bearer: true };
    await using gateway = await startGateway(config(options));
    for (const value of [`Bearer ${KEY}`, `bearer  ${KEY}`, KEY]) {
      expect((await plain(gateway, "", withKey(value, "authorization"))).status).toBe(200);
    }
    const basic = withKey(`Basic ${KEY}`, "authorization");
    expect((await plain(gateway, "", basic)).body.message).toBe("Unauthorized");
  });

  test("a header that is empty, or a scheme alone, hides no good key behind it", async () => {
    const options = { key_names: ["authorization", "x-api-key"], key_strip_bearer: true };
    await using gateway = await startGateway(config(options));
    for (const authorization of ["", "Bearer", "Bearer "]) {
      const headers = { authorization, "x-api-key": KEY };
      expect((await plain(gateway, "", { headers })).status).toBe(200);
      const both = { headers: { "x-api-key": authorization } };
      const inQuery = await plain(gateway, `?authorization=&x-api-key=${KEY}`, both);
      expect(inQuery.status).toBe(200);
    }
    const wrong = { headers: { authorization: "Bearer wrong", "x-api-key": KEY } };
    expect((await plain(gateway, "", wrong)).status).toBe(401);
  });

  test("a key that has expired is unknown", async () => {
    const nowS = Math.floor(Date.now() / 1000);
    const keyauth_credentials = [
      { key: "old", ttl: 60, created_at: nowS - 61 },
      { key: "young", ttl: 60, created_at: nowS - 10 },
      { key: "for ever", ttl: 0, created_at: 1 },
      { key: "new", ttl: 60 },
    ];
    const consumers = [{ username: "carol", keyauth_credentials }];
    await using gateway = await startGateway(config({}, { consumers }));
    const statuses = await Promise.all(
      ["old", "young", "for ever", "new"].map(async (key) => {
        return (await plain(gateway, "", withKey(key))).status;
      }),
    );
    expect(statuses).toEqual([401, 200, 200, 200]);
  });

  test("a preflight needs a key unless it is let through", async () => {
    await using strict = await startGateway(config());
    await using lax = await startGateway(config({ run_on_preflight: false }));
    expect((await plain(strict, "", { method: "OPTIONS" })).status).toBe(401);
    expect((await plain(lax, "", { method: "OPTIONS" })).status).toBe(200);
    expect((await plain(lax, "")).status).toBe(401);
  });
});

describe("what the service is told", () => {
  const identity = (headers: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(headers).filter(([name]) => /consumer|credential/.test(name)),
    );

  test("who calls; names that the client made up are dropped", async () => {
    await using gateway = await startGateway(config());
    const headers = { apikey: KEY, "x-anonymous-consumer": "true", "x-consumer-id": "root" };
    const { body } = await plain(gateway, "", { headers });
    expect(identity(body.headers)).toEqual({
      "x-consumer-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-consumer-custom-id": expect.stringContaining("lice-1"),
      "x-consumer-username": "alice",
      "x-credential-identifier": "credential-1",
    });
  });

  test.each(["stranger", "by id"])("a caller without a key is the anonymous %s", async (name) => {
    const id = "11111111-2222-4333-8444-555555555555";
    const consumers = [...CONSUMERS, { username: "by id", id }];
    const anonymous = name === "by id" ? id : name;
    await using gateway = await startGateway(config({ anonymous }, { consumers }));
    for (const init of [{}, withKey("wrong"), withKey(`${KEY}, ${KEY}`)]) {
      const { status, body } = await plain(gateway, "", init);
      expect(status).toBe(200);
      expect(body.headers).toMatchObject({
        "x-anonymous-consumer": "true",
        "x-consumer-username": name,
      });
      expect(body.headers).not.toHaveProperty("x-credential-identifier");
      expect(body.headers).not.toHaveProperty("apikey");
    }
    const { body } = await plain(gateway, "", withKey());
    expect(body.headers).not.toHaveProperty("x-anonymous-consumer");
  });

  test("the key is taken out, wherever it stands, and nothing else", async () => {
    await using gateway = await startGateway(config({ key_in_body: true }));
    const { body } = await plain(gateway, `?a=%20b&apikey=${KEY}&apikey2=c+d`, withKey());
    expect(body.target).toBe("/anything?a=%20b&apikey2=c+d");
    expect(body.headers).not.toHaveProperty("apikey");
    const json = { "content-type": "application/json" };
    const sent = { method: "POST", body: `{"apikey":"${KEY}","n":[1]}`, headers: json };
    expect((await plain(gateway, "", sent)).body.body).toBe('{"n":[1]}');
    const form = {
      method: "POST",
      body: `n=1&apikey=${KEY}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    };
    expect((await plain(gateway, "", form)).body.body).toBe("n=1");
    expect(JSON.stringify(lab.requests)).not.toContain(KEY);
  });

  test("the key stays where hiding it is switched off", async () => {
    const options = { hide_credentials: false, key_in_body: true };
    await using gateway = await startGateway(config(options));
    const { body } = await plain(gateway, `?a=1&apikey=${KEY}`, withKey());
    expect(body.target).toBe(`/anything?a=1&apikey=${KEY}`);
    expect(body.headers).toMatchObject({ apikey: KEY, "x-consumer-username": "alice" });
    const json = { "content-type": "application/json" };
    const sent = { method: "POST", body: `{"apikey":"${KEY}"}`, headers: json };
    expect((await plain(gateway, "", sent)).body.body).toBe(`{"apikey":"${KEY}"}`);
  });
});

describe("no provider, log or error sees a key", () => {
  test.each([true, false])("with hide_credentials %p", async (hide_credentials) => {
    const options = { hide_credentials, key_names: ["x-team-key"], key_in_body: true };
    await using gateway = await startGateway(config(options));
    const body = { ...ask("lab/echo"), "x-team-key": KEY };
    await gateway.post("/chat", ask("lab/echo"), { headers: { "x-team-key": KEY } });
    await gateway.post(`/chat?x-team-key=${KEY}`, ask("lab/echo"));
    const answered = await gateway.post("/chat", body);
    expect(answered.status).toBe(200);
    const wrong = await gateway.post("/chat?x-team-key=a-wrong-canary-key", ask("lab/echo"));
    expect(await wrong.text()).not.toContain("canary");
    await gateway.record(4);
    expect(lab.requests).toHaveLength(3);
    expect(JSON.stringify(lab.requests)).not.toContain("canary");
    expect(JSON.stringify(lab.requests)).not.toMatch(/x-consumer|x-credential/);
    expect(JSON.stringify(gateway.records)).not.toContain("canary");
  });

  test("the record says who called, and with which credential", async () => {
    await using gateway = await startGateway(config());
    await gateway.post("/chat", ask("lab/echo"), withKey());
    const { consumer, authenticated_entity } = await gateway.record();
    expect(consumer).toMatchObject({ username: "alice", custom_id: "älice-1" });
    expect(authenticated_entity).toEqual({ id: "credential-1", consumer_id: consumer?.id });
  });
});

describe("plugins for a consumer or a group apply once it is known", () => {
  test("a consumer's own proxy, its group's log", async () => {
    const route = { name: "r", paths: ["/r"], plugins: [{ name: "key-auth" }] };
    const proxy = (name: string) => {
      const to = openai(lab.url);
      return { name: "ai-proxy", config: { ...to, model: { ...(to["model"] as object), name } } };
    };
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [{ name: "s", url: "http://localhost:1", routes: [route] }],
      plugins: [proxy("lab/plain")],
      consumer_groups: [{ name: "gold", plugins: [proxy("lab/multibyte")] }],
      consumers: [
        { username: "a", keyauth_credentials: [{ key: "a" }], plugins: [proxy("lab/echo")] },
        { username: "b", keyauth_credentials: [{ key: "b" }], groups: [{ name: "gold" }] },
        { username: "c", keyauth_credentials: [{ key: "c" }] },
      ],
    });
    for (const key of ["a", "b", "c"]) {
      const { model: _, ...question } = ask("");
      expect((await gateway.post("/r", question, withKey(key))).status).toBe(200);
    }
    const models = lab.requests.map(({ body }) => JSON.parse(body).model);
    expect(models).toEqual(["lab/echo", "lab/multibyte", "lab/plain"]);
  });
});

describe("what cannot be is refused at load", () => {
  test.each([
    [{ anonymous: "nobody" }, "invalid reference 'consumers: nobody' (no such entry"],
    [{ key_names: [] }, "length must be at least 1"],
    [{ key_names: ["a b"] }, "a key name may hold"],
    [{ realm: 'a"b' }, "a realm may not hold"],
  ])("%j", async (options, message) => {
    expect(startGateway(config(options))).rejects.toThrow(message);
  });

  test("realms are not asked, which a warning says; the consumers of the file are its own realm", () => {
    const warnings = (identity_realms: object[]) => {
      const text = JSON.stringify(config({ identity_realms }));
      const result = loadConfig(
        { text, file: "test.yaml" },
        { env: {}, plugins: PLUGINS, readFile: () => "" },
      );
      return "problems" in result ? result.problems : result.config.warnings;
    };
    expect(warnings([{ scope: "cp" }])).toEqual([]);
    expect(warnings([{ scope: "realm", region: "eu", id: "1" }, { scope: "cp" }])[0]).toMatchObject(
      {
        path: "services[0].routes[0].plugins[0].config.identity_realms[0]",
        message: "realms are not asked for their keys here",
      },
    );
    expect(warnings([{ scope: "world" }])[0]?.message).toBe("expected one of: cp, realm");
  });

  test("a key that two consumers have, though one is given as a hash", async () => {
    const consumers = [
      ...CONSUMERS,
      { username: "eve", keyauth_credentials: [{ key: "bobs key" }] },
    ];
    expect(startGateway(config({}, { consumers }))).rejects.toThrow("says the same");
  });
});
