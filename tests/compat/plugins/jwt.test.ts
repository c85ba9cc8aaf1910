import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { SIGNATURE_ALGORITHMS } from "../../../src/plugins/signed-token.ts";
import { base64url, keyPair, signedToken } from "../../fixtures/signed-token.ts";
import { ask, openai, startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const SECRET = "a-canary-secret-of-alice";
const RSA = keyPair("RS256");
const SHORT_RSA = `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf
9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==
-----END PUBLIC KEY-----`;
const CONSUMERS = [
  {
    username: "alice",
    custom_id: "alice-1",
    jwt_secrets: [
      { id: "credential-1", key: "alice-issuer", secret: SECRET },
      { key: "alice-rsa", algorithm: "RS256", rsa_public_key: RSA.pem },
    ],
  },
  { username: "bob", jwt_secrets: [{ key: "bob-issuer", secret: "bobs secret" }] },
  { username: "stranger" },
];

/** A route to a plain service that says what it got, and one to a model; jwt on both. */
function config(options: object = {}, more: object = {}) {
  const guard = { name: "jwt", config: options };
  const chat = [guard, { name: "ai-proxy", config: openai(lab.url) }];
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
        routes: [{ name: "chat", paths: ["/chat"], plugins: chat }],
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
}

async function plain(gateway: TestGateway, search = "", headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/plain${search}`, { headers });
  const body = (await response.json()) as Seen;
  return { status: response.status, body, challenge: response.headers.get("www-authenticate") };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const nowS = () => Math.floor(Date.now() / 1000);
const GOOD = signedToken({ iss: "alice-issuer" }, SECRET);

describe("where a token is looked for", () => {
  test.each([
    ["in the authorization header", "", bearer(GOOD)],
    ["whatever the scheme's case", "", { authorization: `bearer  ${GOOD}` }],
    ["in the query", `?jwt=${GOOD}`, {}],
    ["in both, the same", `?jwt=${GOOD}`, bearer(GOOD)],
  ])("%s", async (_name, search, headers) => {
    await using gateway = await startGateway(config());
    const { status, body } = await plain(gateway, search, headers);
    expect(status).toBe(200);
    expect(body.headers).toMatchObject({
      "x-consumer-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-consumer-custom-id": "alice-1",
      "x-consumer-username": "alice",
      "x-credential-identifier": "alice-issuer",
    });
  });

  test("in the headers, arguments and cookies that the options name, and no others", async () => {
    const options = { header_names: ["x-token"], uri_param_names: ["t"], cookie_names: ["c"] };
    await using gateway = await startGateway(config(options));
    const statuses = await Promise.all([
      plain(gateway, "", { "x-token": `Bearer ${GOOD}` }),
      plain(gateway, `?t=${GOOD}`),
      plain(gateway, "", { cookie: `a=b; c=${GOOD}; d=e` }),
      plain(gateway, "", { "x-token": GOOD }),
      plain(gateway, "", bearer(GOOD)),
      plain(gateway, `?jwt=${GOOD}`),
      plain(gateway, "", { cookie: `a=${GOOD}` }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200, 401, 401, 401, 401]);
  });

  test("two that differ are refused, though both are good", async () => {
    const other = signedToken({ iss: "bob-issuer" }, "bobs secret");
    await using gateway = await startGateway(config());
    const { status, body } = await plain(gateway, `?jwt=${other}`, bearer(GOOD));
    expect([status, body.message]).toEqual([401, "Multiple tokens provided"]);
    const twice = await plain(gateway, `?jwt=${other}&jwt=${GOOD}`);
    expect([twice.status, twice.body.message]).toEqual([401, "Multiple tokens provided"]);
  });
});

describe("a token that is not good is refused with 401", () => {
  const rsaToken = signedToken({ iss: "alice-rsa" }, RSA.privateKey, { alg: "RS256" });
  const [head, body] = rsaToken.split(".");
  test.each([
    ["no JSON", "a.b.c", "Bad token; invalid JSON"],
    ["no dots", "abc", "Bad token; invalid JSON"],
    ["five parts", `${GOOD}.a.b`, "Bad token; invalid JSON"],
    [
      "alg none",
      signedToken({ iss: "alice-issuer" }, "", { alg: "none" }),
      "Bad token; invalid alg",
    ],
    [
      "alg None",
      signedToken({ iss: "alice-issuer" }, "", { alg: "None" }),
      "Bad token; invalid alg",
    ],
    [
      "no alg",
      signedToken({ iss: "alice-issuer" }, SECRET, { typ: "JWT" }),
      "Bad token; invalid alg",
    ],
    ["no claims", signedToken(null, SECRET), "Bad token; invalid claims"],
    ["no signature", `${head}.${body}.`, "Bad token; invalid signature"],
    ["no issuer", signedToken({ sub: "alice" }, SECRET), "No mandatory 'iss' in claims"],
    ["an empty issuer", signedToken({ iss: "" }, SECRET), "Invalid 'iss' in claims"],
    ["an issuer that is no text", signedToken({ iss: 1 }, SECRET), "Invalid 'iss' in claims"],
    [
      "an unknown issuer",
      signedToken({ iss: "eve" }, SECRET),
      "No credentials found for given 'iss'",
    ],
    [
      "an inherited name",
      signedToken({ iss: "__proto__" }, SECRET),
      "No credentials found for given 'iss'",
    ],
    ["another's secret", signedToken({ iss: "alice-issuer" }, "bobs secret"), "Invalid signature"],
    [
      "another algorithm",
      signedToken({ iss: "alice-issuer" }, SECRET, { alg: "HS384" }),
      "Invalid algorithm",
    ],
    ["a cut signature", GOOD.slice(0, -4), "Invalid signature"],
    [
      "another's claims",
      [GOOD.split(".")[0], base64url('{"iss":"bob-issuer"}'), GOOD.split(".")[2]].join("."),
      "Invalid signature",
    ],
    [
      "an extension that nobody here understands",
      signedToken({ iss: "alice-issuer" }, SECRET, { alg: "HS256", crit: ["x"], x: 1 }),
      "Invalid signature",
    ],
    [
      "a public key taken for a secret",
      signedToken({ iss: "alice-rsa" }, RSA.pem, { alg: "HS256" }),
      "Invalid algorithm",
    ],
    [
      "a public key taken for a secret, and RS256 written over it",
      signedToken({ iss: "alice-rsa" }, RSA.pem, { alg: "RS256" }, "HS256"),
      "Invalid signature",
    ],
  ])("%s", async (_name, token, message) => {
    await using gateway = await startGateway(config());
    const { status, body, challenge } = await plain(gateway, `?jwt=${token}`);
    expect([status, body.message]).toEqual([401, message]);
    expect(body).toMatchObject({ error: { message }, request_id: expect.any(String) });
    expect(challenge).toBe('Bearer error="invalid_token"');
    expect(lab.requests).toHaveLength(0);
  });

  test("one that is longer than headers may be is not read", async () => {
    await using gateway = await startGateway(config());
    const long = signedToken({ iss: "alice-issuer", x: "a".repeat(17_000) }, SECRET);
    const { status } = await fetch(`${gateway.url}/plain`, { headers: bearer(long) });
    expect(status).toBe(431);
  });

  test("none at all", async () => {
    await using gateway = await startGateway(config({ realm: "the models" }));
    const none = await plain(gateway);
    expect([none.status, none.body.message]).toEqual([401, "Unauthorized"]);
    expect(none.challenge).toBe('Bearer realm="the models"');
    const basic = await plain(gateway, "", { authorization: "Basic YTpi" });
    expect([basic.body.message, basic.challenge]).toEqual(["Unauthorized", none.challenge]);
    const bad = await plain(gateway, "", bearer("abc"));
    expect(bad.challenge).toBe('Bearer realm="the models" error="invalid_token"');
  });
});

describe("every algorithm of the reference", () => {
  test.each(SIGNATURE_ALGORITHMS)("%s", async (algorithm) => {
    const pair = keyPair(algorithm);
    const isShared = algorithm.startsWith("HS");
    const secret = {
      key: "k",
      algorithm,
      ...(isShared ? { secret: "s" } : { rsa_public_key: pair.pem }),
    };
    const consumers = [{ username: "carol", jwt_secrets: [secret] }];
    await using gateway = await startGateway(config({}, { consumers }));
    const key = isShared ? "s" : pair.privateKey;
    const good = signedToken({ iss: "k" }, key, { alg: algorithm });
    expect((await plain(gateway, "", bearer(good))).body.headers["x-consumer-username"]).toBe(
      "carol",
    );
    const other = isShared ? "t" : keyPair(algorithm).privateKey;
    const bad = signedToken({ iss: "k" }, other, { alg: algorithm });
    expect((await plain(gateway, "", bearer(bad))).body.message).toBe("Invalid signature");
  });
});

describe("claims", () => {
  const claim = async (options: object, claims: object) => {
    await using gateway = await startGateway(config(options));
    const { status, body } = await plain(
      gateway,
      "",
      bearer(signedToken({ iss: "alice-issuer", ...claims }, SECRET)),
    );
    return status === 200 ? 200 : { status, ...body };
  };

  test("exp and nbf are looked at where the options say so, and must be numbers then", async () => {
    const both = { claims_to_verify: ["exp", "nbf"] };
    expect(await claim({}, { exp: 1, nbf: 9e9 })).toBe(200);
    expect(await claim(both, { exp: nowS() + 60, nbf: nowS() - 1 })).toBe(200);
    expect(await claim(both, { exp: nowS() - 1, nbf: nowS() + 60 })).toMatchObject({
      status: 401,
      exp: "token expired",
      nbf: "token not valid yet",
    });
    expect(await claim(both, { exp: "9999999999" })).toMatchObject({
      status: 401,
      exp: "must be a number",
      nbf: "must be a number",
    });
  });

  test("exp lies at most maximum_expiration ahead", async () => {
    const bounded = { claims_to_verify: ["exp"], maximum_expiration: 300 };
    expect(await claim(bounded, { exp: nowS() + 290 })).toBe(200);
    expect(await claim(bounded, { exp: nowS() + 400 })).toMatchObject({
      status: 401,
      exp: "exceeds maximum allowed expiration",
    });
  });

  test("another claim may name the secret, and so may the header", async () => {
    await using gateway = await startGateway(config({ key_claim_name: "kid" }));
    const inClaims = signedToken({ kid: "alice-issuer" }, SECRET);
    const inHeader = signedToken({}, SECRET, { alg: "HS256", kid: "alice-issuer" });
    const both = signedToken({ kid: "alice-issuer" }, SECRET, { alg: "HS256", kid: "bob-issuer" });
    for (const token of [inClaims, inHeader, both]) {
      const { body } = await plain(gateway, "", bearer(token));
      expect(body.headers["x-consumer-username"]).toBe("alice");
    }
    for (const kid of ["../../../../dev/null", "' OR 1=1 --", "http://localhost/key", "a\u0000b"]) {
      const token = signedToken({}, "", { alg: "HS256", kid });
      expect((await plain(gateway, "", bearer(token))).body.message).toBe(
        "No credentials found for given 'kid'",
      );
    }
  });

  test("a secret may be written in base64", async () => {
    const secret = Buffer.from([0, 255, 254, 62, 63]);
    for (const encoding of ["base64", "base64url"] as const) {
      const jwt_secrets = [{ key: "k", secret: secret.toString(encoding) }];
      const consumers = [{ username: "carol", jwt_secrets }];
      await using gateway = await startGateway(config({ secret_is_base64: true }, { consumers }));
      const token = signedToken({ iss: "k" }, secret);
      expect((await plain(gateway, "", bearer(token))).status).toBe(200);
    }
  });
});

describe("with other plugins", () => {
  test("who has no good token is the anonymous consumer, where there is one", async () => {
    await using gateway = await startGateway(config({ anonymous: "stranger" }));
    for (const headers of [{}, bearer("abc"), bearer(signedToken({ iss: "eve" }, SECRET))]) {
      const { status, body } = await plain(gateway, "", headers);
      expect(status).toBe(200);
      expect(body.headers).toMatchObject({
        "x-anonymous-consumer": "true",
        "x-consumer-username": "stranger",
      });
      expect(body.headers).not.toHaveProperty("x-credential-identifier");
    }
    const { body } = await plain(gateway, "", bearer(GOOD));
    expect(body.headers).not.toHaveProperty("x-anonymous-consumer");
  });

  const withKeyAuth = (options: object) => ({
    consumers: [...CONSUMERS, { username: "carol", keyauth_credentials: [{ key: "carols-key" }] }],
    plugins: [{ name: "key-auth", config: options }],
  });

  test("without anonymous a key is asked for too, and hidden where the token is not", async () => {
    await using gateway = await startGateway(config({}, withKeyAuth({})));
    expect((await plain(gateway, "", bearer(GOOD))).status).toBe(401);
    expect((await plain(gateway, "", { apikey: "carols-key" })).status).toBe(401);
    const both = await plain(gateway, "", { ...bearer(GOOD), apikey: "carols-key" });
    expect(both.status).toBe(200);
    expect(both.body.headers).toMatchObject(bearer(GOOD));
    expect(both.body.headers).not.toHaveProperty("apikey");
  });

  test("with anonymous on both a token or a key is enough", async () => {
    const anonymous = "stranger";
    await using gateway = await startGateway(config({ anonymous }, withKeyAuth({ anonymous })));
    const names = await Promise.all(
      [bearer(GOOD), { apikey: "carols-key" }, {}].map(async (headers) => {
        return (await plain(gateway, "", headers)).body.headers["x-consumer-username"];
      }),
    );
    expect(names).toEqual(["alice", "carol", "stranger"]);
  });

  test("a preflight needs a token unless it is let through", async () => {
    await using strict = await startGateway(config());
    await using lax = await startGateway(config({ run_on_preflight: false }));
    const preflight = async ({ url }: TestGateway) =>
      (await fetch(`${url}/plain`, { method: "OPTIONS" })).status;
    expect([await preflight(strict), await preflight(lax)]).toEqual([401, 200]);
  });

  test("the service gets the token; no provider and no log does", async () => {
    await using gateway = await startGateway(config({ cookie_names: ["session"] }));
    const { body } = await plain(gateway, `?jwt=${GOOD}&a=1`, bearer(GOOD));
    expect(body.target).toBe(`/anything?jwt=${GOOD}&a=1`);
    expect(body.headers).toMatchObject(bearer(GOOD));
    lab.reset();
    const headers = { cookie: `session=${GOOD}` };
    await gateway.post(`/chat?jwt=${GOOD}`, ask("lab/echo"), { headers });
    await gateway.post("/chat", ask("lab/echo"), { headers: bearer(GOOD) });
    const { consumer, authenticated_entity } = await gateway.record(3);
    expect(lab.requests).toHaveLength(2);
    const signature = GOOD.split(".")[2] ?? "";
    expect(JSON.stringify(lab.requests)).not.toContain(signature);
    expect(JSON.stringify(gateway.records)).not.toContain(signature);
    expect(consumer).toMatchObject({ username: "alice" });
    expect(authenticated_entity).toEqual({ id: "credential-1", consumer_id: consumer?.id });
  });
});

describe("what cannot be is refused at load", () => {
  test.each([
    [{ anonymous: "nobody" }, "invalid reference 'consumers: nobody' (no such entry"],
    [{ maximum_expiration: 60 }, "expected to contain: exp"],
    [{ maximum_expiration: 31_536_001 }, "value should be between 0 and 31536000"],
    [{ claims_to_verify: ["aud"] }, "expected one of: exp, nbf"],
    [{ key_claim: "kid" }, "unknown field"],
  ])("options %j", async (options, message) => {
    expect(startGateway(config(options))).rejects.toThrow(message);
  });

  test.each([
    [{ key: "k" }, "required field missing"],
    [{ secret: "s" }, "required field missing"],
    [{ key: "k", algorithm: "RS256", secret: "s" }, "required field missing"],
    [{ key: "k", algorithm: "none", secret: "s" }, "expected one of: HS256"],
    [
      { key: "k", algorithm: "RS256", rsa_public_key: "no key" },
      "a public RSA key of at least 2048",
    ],
    [
      { key: "k", algorithm: "RS256", rsa_public_key: SHORT_RSA },
      "a public RSA key of at least 2048",
    ],
    [{ key: "k", algorithm: "ES256", rsa_public_key: RSA.pem }, "a public key on the curve P-256"],
    [{ key: "k", algorithm: "EdDSA", rsa_public_key: RSA.pem }, "a public Ed25519 key"],
    [{ key: "bob-issuer", secret: "s" }, "says the same"],
  ])("a secret of %j", async (secret, message) => {
    const consumers = [...CONSUMERS, { username: "eve", jwt_secrets: [secret] }];
    expect(startGateway(config({}, { consumers }))).rejects.toThrow(message);
  });
});
