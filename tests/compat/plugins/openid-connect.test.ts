import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import {
  type IdentityProvider,
  signingKey,
  startIdentityProvider,
} from "../../fixtures/identity-provider.ts";
import { base64url, signedToken } from "../../fixtures/signed-token.ts";
import { ask, openai, startGateway, type TestGateway } from "../../gateway.ts";

const FIRST = signingKey("first");

let lab: Lab;
let provider: IdentityProvider;
let otherTenant: IdentityProvider;
beforeAll(async () => {
  lab = await startLab();
  provider = startIdentityProvider([FIRST]);
  otherTenant = startIdentityProvider([FIRST]);
});
afterAll(async () => {
  await lab.stop();
  await provider[Symbol.asyncDispose]();
  await otherTenant[Symbol.asyncDispose]();
});
beforeEach(() => {
  lab.reset();
  provider.state.keys = [FIRST];
  provider.state.asked = [];
  provider.state.answers = {};
});

const CONSUMERS = [
  { username: "ada", custom_id: "user-1", acls: [{ group: "of-the-file" }] },
  { username: "stranger" },
];

function config(options: object = {}, more: readonly object[] = []) {
  const guard = {
    name: "openid-connect",
    config: { issuer: provider.url, auth_methods: ["bearer"], display_errors: true, ...options },
  };
  const chat = [guard, { name: "ai-proxy", config: openai(lab.url) }];
  return {
    _format_version: "3.0",
    consumers: CONSUMERS,
    plugins: more,
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
  };
}

/** What the plain service says it got, or an error. */
interface Seen {
  readonly message: string;
  readonly target: string;
  readonly headers: Record<string, string>;
}

async function plain(gateway: TestGateway, headers: Record<string, string> = {}, search = "") {
  const response = await fetch(`${gateway.url}/plain${search}`, { headers });
  const body = (await response.json()) as Seen;
  return { status: response.status, body, challenge: response.headers.get("www-authenticate") };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const nowS = () => Math.floor(Date.now() / 1000);

describe("who is let in", () => {
  test("a caller with a token that the issuer signed, from wherever it stands", async () => {
    const options = {
      bearer_token_param_type: ["header", "query", "cookie"],
      bearer_token_cookie_name: "session",
    };
    await using gateway = await startGateway(config(options));
    const token = provider.token();
    const answers = await Promise.all([
      plain(gateway, bearer(token)),
      plain(gateway, { "access-token": token }),
      plain(gateway, { "x-access-token": `Bearer ${token}` }),
      plain(gateway, {}, `?access_token=${token}`),
      plain(gateway, { cookie: `a=b; session=${token}` }),
    ]);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.headers).toMatchObject({ "x-credential-identifier": "user-1" });
      expect(JSON.stringify(body)).not.toContain(token);
    }
    expect(provider.state.asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  test.each(["RS256", "PS384", "ES512", "EdDSA"])("signed by %s", async (algorithm) => {
    provider.state.keys = [signingKey("other"), signingKey("this", algorithm)];
    await using gateway = await startGateway(config());
    const token = provider.token({}, provider.state.keys[1]);
    expect((await plain(gateway, bearer(token))).status).toBe(200);
  });

  test("without kid each key that fits is tried", async () => {
    const keys = [signingKey("a"), signingKey("b"), signingKey("c")];
    provider.state.keys = keys;
    await using gateway = await startGateway(config());
    const token = provider.token({}, keys[2], { kid: undefined });
    expect((await plain(gateway, bearer(token))).status).toBe(200);
    const forged = provider.token({}, signingKey("d"), { kid: undefined });
    expect((await plain(gateway, bearer(forged))).status).toBe(401);
  });

  test("a claim names the consumer, by its custom id or name; without one there is 403", async () => {
    const options = { consumer_claim: ["sub"], consumer_claims: [["user", "name"]] };
    await using gateway = await startGateway(config(options));
    const name = async (claims: object) => {
      const { status, body } = await plain(gateway, bearer(provider.token(claims)));
      return status === 200 ? body.headers["x-consumer-username"] : [status, body.message];
    };
    expect(await name({})).toBe("ada");
    expect(await name({ sub: "ada" })).toBe("ada");
    expect(await name({ sub: undefined, user: { name: "ada" } })).toBe("ada");
    const nobody = [403, "no consumer has the name that the token says"];
    expect(await name({ sub: "eve" })).toEqual(nobody);
    expect(await name({ sub: ["ada"] })).toEqual(nobody);
    await using lax = await startGateway(config({ ...options, consumer_optional: true }));
    expect((await plain(lax, bearer(provider.token({ sub: "eve" })))).status).toBe(200);
  });

  test("acl looks at the groups that the token says", async () => {
    const groups = { authenticated_groups_claim: ["realm", "groups"] };
    const acl = { name: "acl", config: { allow: ["ml"] } };
    await using gateway = await startGateway(config(groups, [acl]));
    const status = async (claims: object, one = gateway) =>
      (await plain(one, bearer(provider.token(claims)))).status;
    expect(await status({ realm: { groups: ["ops", "ml"] } })).toBe(200);
    expect(await status({ realm: { groups: ["ops"] } })).toBe(403);
    expect(await status({})).toBe(403);
    const named = { ...groups, consumer_claim: ["sub"] };
    await using ofFile = await startGateway(config(named, [acl]));
    expect(await status({ realm: { groups: ["ml"] } }, ofFile)).toBe(403);
    const always = { ...acl, config: { ...acl.config, always_use_authenticated_groups: true } };
    await using ofToken = await startGateway(config(named, [always]));
    expect(await status({ realm: { groups: ["ml"] } }, ofToken)).toBe(200);
  });
});

describe("who is not", () => {
  const good = signedToken({ iss: "x" }, FIRST.privateKey, { alg: "RS256", kid: "first" });
  const [head, body] = good.split(".");
  const cases: readonly (readonly [string, () => string, string])[] = [
    ["no token", () => "", "no token found"],
    ["no JSON", () => "a.b.c", "bad token; invalid JSON"],
    ["no signature", () => `${head}.${body}.`, "bad token; invalid signature"],
    ["alg none", () => provider.token({}, FIRST, { alg: "none" }), "bad token; invalid alg"],
    [
      "the public key taken for a secret",
      () => signedToken({ iss: provider.url }, FIRST.pem, { alg: "HS256", kid: "first" }),
      "invalid algorithm",
    ],
    [
      "another tenant's token, though its key is the same",
      () => otherTenant.token(),
      'unexpected "iss" claim value',
    ],
    [
      "an expired token",
      () => provider.token({ exp: nowS() - 1 }),
      '"exp" claim timestamp check failed',
    ],
    ["a token for ever", () => provider.token({ exp: undefined }), 'missing required "exp" claim'],
    [
      "a token of tomorrow",
      () => provider.token({ nbf: nowS() + 86_400 }),
      '"nbf" claim timestamp check failed',
    ],
    [
      "another's key under its name",
      () => provider.token({}, signingKey("first")),
      "signature verification failed",
    ],
    [
      "a key that the token brings along",
      () => {
        const own = signingKey("own");
        const jwk = own.publicKey.export({ format: "jwk" });
        return provider.token({}, own, { jwk, jku: `${otherTenant.url}/keys` });
      },
      "no applicable key found in the JSON Web Key Set",
    ],
    ...["../../../dev/null", "' OR 1=1 --", "__proto__", "a\u0000b"].map(
      (kid) =>
        [
          `kid ${JSON.stringify(kid)}`,
          () => provider.token({}, signingKey(kid, "ES256")),
          "no applicable key found in the JSON Web Key Set",
        ] as const,
    ),
    [
      "claims that were changed",
      () => {
        const [before, , signature] = provider.token().split(".");
        return [before, base64url(JSON.stringify({ iss: provider.url, exp: 9e9 })), signature].join(
          ".",
        );
      },
      "signature verification failed",
    ],
  ];
  test.each(cases)("%s", async (_name, token, why) => {
    await using gateway = await startGateway(config());
    const text = token();
    const { status, body, challenge } = await plain(gateway, text === "" ? {} : bearer(text));
    expect([status, body.message]).toEqual([401, why]);
    const realm = `Bearer realm="${new URL(provider.url).host}"`;
    expect(challenge).toBe(text === "" ? realm : `${realm}, error="invalid_token"`);
    expect(lab.requests).toHaveLength(0);
    expect(otherTenant.state.asked).toEqual([]);
  });

  test.each([
    [{ audience_required: ["other"] }, {}, "the token lacks audience"],
    [{ audience_required: ["models"] }, {}, undefined],
    [{ audience_required: ["models"] }, { aud: ["a", "models"] }, undefined],
    [{ scopes_required: ["chat embed", "admin"] }, { scope: "chat" }, "the token lacks scopes"],
    [{ scopes_required: ["chat embed", "admin"] }, { scope: "embed chat" }, undefined],
    [{ scopes_required: ["chat embed", "admin"] }, { scope: "admin" }, undefined],
    [{ groups_required: ["ml"] }, { groups: ["mlx"] }, "the token lacks groups"],
    [{ roles_claim: ["a", "b"], roles_required: ["r"] }, { a: { b: ["r"] } }, undefined],
    [{ roles_required: ["r"] }, {}, "the token lacks roles"],
    [{ claims_forbidden: ["act"] }, { act: {} }, "the token has the claim act"],
  ])("options %j, claims %j: 403 where it lacks something", async (options, claims, why) => {
    await using gateway = await startGateway(config(options));
    const { status, body } = await plain(gateway, bearer(provider.token(claims)));
    expect([status, body.message]).toEqual(
      why === undefined ? [200, undefined as never] : [403, why],
    );
    await using quiet = await startGateway(config({ ...options, display_errors: false }));
    const answer = await plain(quiet, bearer(provider.token(claims)));
    expect(answer.body.message).toBe((why && "Forbidden") as string);
  });

  test("leeway makes good for clocks that differ", async () => {
    await using gateway = await startGateway(config({ leeway: 60 }));
    const late = provider.token({ exp: nowS() - 30, nbf: nowS() + 30 });
    expect((await plain(gateway, bearer(late))).status).toBe(200);
  });

  test("tokens of issuers that are allowed by name pass, others do not", async () => {
    const options = {
      issuers_allowed: ["https://a.example"],
      jwks_endpoint: `${provider.url}/keys`,
    };
    await using gateway = await startGateway(config(options));
    const allowed = provider.token({ iss: "https://a.example" });
    expect((await plain(gateway, bearer(allowed))).status).toBe(200);
    expect((await plain(gateway, bearer(provider.token()))).status).toBe(401);
    expect(provider.state.asked).toEqual(["/keys"]);
  });
});

describe("the issuer's keys", () => {
  test("a key that is new is asked for once for all who wait, and not again soon", async () => {
    await using gateway = await startGateway(config({ rediscovery_lifetime: 1000 }));
    expect((await plain(gateway, bearer(provider.token()))).status).toBe(200);
    expect(provider.state.asked).toHaveLength(2);
    const unknown = Array.from({ length: 20 }, (_, at) =>
      provider.token({}, signingKey(`k${at}`, "ES256")),
    );
    const refused = await Promise.all(unknown.map((token) => plain(gateway, bearer(token))));
    expect(refused.map(({ status }) => status)).toEqual(unknown.map(() => 401));
    expect(provider.state.asked).toHaveLength(2);
  });

  test("fail closed: 503 where they cannot be had, and nobody is anonymous for that", async () => {
    provider.state.answers["/keys"] = () => new Response("no", { status: 500 });
    await using gateway = await startGateway(config({ anonymous: "stranger" }));
    const { status, body } = await plain(gateway, bearer(provider.token()));
    expect([status, body.message]).toEqual([
      503,
      "The keys of the identity provider cannot be had now",
    ]);
    expect((await plain(gateway)).body.headers["x-consumer-username"]).toBe("stranger");
    expect(lab.requests).toHaveLength(1);
  });

  test("a reload keeps them", async () => {
    const source = config({ rediscovery_lifetime: 999 });
    await using before = await startGateway(source);
    expect((await plain(before, bearer(provider.token()))).status).toBe(200);
    const { processState } = before.gateway;
    await using after = await startGateway(source, { processState });
    expect((await plain(after, bearer(provider.token()))).status).toBe(200);
    expect(provider.state.asked).toHaveLength(2);
  });
});

test("no provider and no log gets the token", async () => {
  await using gateway = await startGateway(config());
  const token = provider.token();
  await gateway.post("/chat", ask("lab/echo"), { headers: bearer(token) });
  await gateway.post(`/chat?access_token=${token}`, ask("lab/echo"), {
    headers: { "access-token": token },
  });
  const { authenticated_entity } = await gateway.record(2);
  expect(lab.requests).toHaveLength(2);
  const signature = token.split(".")[2] ?? "";
  expect(JSON.stringify(lab.requests)).not.toContain(signature);
  expect(JSON.stringify(gateway.records)).not.toContain(signature);
  expect(authenticated_entity).toMatchObject({ id: "user-1" });
});

describe("what the file may say", () => {
  test.each([
    [{ auth_methods: ["bearer", "session"] }, "expected one of: bearer"],
    [{ auth_methods: undefined }, "required field missing"],
    [{ issuer: "file:///keys" }, "expected a URL"],
    [{ bearer_token_param_type: ["body"] }, "expected one of: cookie, header, query"],
    [{ bearer_token_param_type: ["cookie"] }, "required field missing"],
    [{ verify_signature: false }, "it is always verified"],
    [{ enable_hs_signatures: true }, "the jwt plugin verifies shared secrets"],
    [{ consumer_groups_claim: ["tier"] }, "authenticated_groups_claim is, with acl"],
    [{ introspect_jwt_tokens: true }, "verified by the issuer's keys"],
    [{ audience_requried: ["a"] }, "unknown field"],
  ])("%j is refused by name", async (options, message) => {
    expect(startGateway(config(options))).rejects.toThrow(message);
  });

  test("fields of other methods do nothing, here as there", async () => {
    const written = {
      client_id: ["dragoman"],
      client_secret: ["a-secret"],
      session_storage: "cookie",
      login_methods: ["authorization_code"],
      scopes: ["openid"],
      verify_signature: true,
      proof_of_possession_dpop: "off",
      cache_tokens: true,
    };
    await using gateway = await startGateway(config(written));
    expect((await plain(gateway, bearer(provider.token()))).status).toBe(200);
  });
});
