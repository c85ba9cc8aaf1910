import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  type IdentityProvider,
  signingKey,
  startIdentityProvider,
} from "../../../tests/fixtures/identity-provider.ts";
import { type IssuerSource, issuerKeys } from "./issuer-keys.ts";

const DISCOVERY = "/.well-known/openid-configuration";
const HOUR_MS = 3_600_000;

let provider: IdentityProvider;
let nowMs: number;
let said: (string | undefined)[];
beforeEach(() => {
  provider = startIdentityProvider([signingKey("first", "ES256")]);
  nowMs = 1_000_000;
  said = [];
});
afterEach(() => provider[Symbol.asyncDispose]());

function keysOf(source: Partial<IssuerSource> = {}) {
  const whole = {
    issuer: provider.url,
    moreJwksUris: [],
    isAnyIssuer: false,
    timeoutMs: 1000,
    verifiesTls: true,
    freshMs: HOUR_MS,
    pauseMs: 30_000,
    ...source,
  };
  const onStateChange = (failure: string | undefined) => said.push(failure);
  return issuerKeys(whole, { nowMs: () => nowMs, onStateChange });
}

const loads = () => provider.state.asked.filter((path) => path === "/keys").length;

test("who asks at the same time waits for one load, which is kept", async () => {
  const keys = keysOf();
  const all = await Promise.all(Array.from({ length: 50 }, () => keys.now()));
  expect(new Set(all).size).toBe(1);
  expect(all[0]?.issuer).toBe(provider.url);
  nowMs += HOUR_MS;
  await keys.now();
  expect(loads()).toBe(1);
});

test("keys that have grown old are taken while newer ones come, and nobody waits", async () => {
  const keys = keysOf();
  const old = await keys.now();
  nowMs += HOUR_MS + 1;
  expect(await keys.now()).toBe(old);
  const newer = await keys.newerThan(old);
  expect(newer).not.toBe(old);
  expect(loads()).toBe(2);
});

test("an unknown key is a reason to ask once in a pause, for all together", async () => {
  const keys = keysOf();
  const first = await keys.now();
  expect(await keys.newerThan(first)).toBe(first);
  expect(loads()).toBe(1);
  nowMs += 30_000;
  const newer = await Promise.all(Array.from({ length: 50 }, () => keys.newerThan(first)));
  expect(new Set(newer).size).toBe(1);
  expect(loads()).toBe(2);
  expect(await keys.newerThan(first)).toBe(newer[0] ?? first);
  expect(loads()).toBe(2);
});

test("an issuer that fails is asked once in a pause; what was held is taken for a day more", async () => {
  const keys = keysOf();
  const held = await keys.now();
  provider.state.answers["/keys"] = () => new Response(null, { status: 500 });
  nowMs += HOUR_MS + 1;
  await keys.newerThan(held);
  for (let calls = 0; calls < 10; calls++) expect(await keys.now()).toBe(held);
  expect(loads()).toBe(2);
  expect(said).toEqual([`${provider.url}/keys answered 500`]);
  nowMs += 24 * HOUR_MS;
  await expect(keys.now()).rejects.toMatchObject({ code: "unavailable" });
  provider.state.answers = {};
  nowMs += 30_000;
  expect(await keys.now()).not.toBe(held);
  expect(said).toEqual([`${provider.url}/keys answered 500`, undefined]);
});

test.each([
  ["no JSON", () => new Response("{"), "JSON"],
  ["a list", () => Response.json([]), "answered without a JSON object"],
  ["no keys", () => Response.json({}), "JSON Web Key Set malformed"],
  ["more than 512 KiB", () => new Response("a".repeat(600_000)), "answered with too much"],
  ["a redirect", () => Response.redirect("http://127.0.0.1:1/"), "answered 302"],
])("a set that is %s is no set", async (_name, answer, why) => {
  provider.state.answers["/keys"] = answer;
  await expect(keysOf().now()).rejects.toMatchObject({ code: "unavailable", status: 503 });
  expect(said).toEqual([expect.stringContaining(why)]);
});

test("one that never answers is given up after the timeout", async () => {
  provider.state.answers["/keys"] = () => new Promise<Response>(() => {});
  await expect(keysOf({ timeoutMs: 20 }).now()).rejects.toMatchObject({ code: "unavailable" });
});

test("a discovery document is of the issuer that the file names, in either spelling", async () => {
  expect((await keysOf({ issuer: `${provider.url}/` }).now()).issuer).toBe(provider.url);
  expect((await keysOf({ issuer: provider.url + DISCOVERY }).now()).issuer).toBe(provider.url);
  provider.state.answers[DISCOVERY] = () =>
    Response.json({ issuer: "https://other.example", jwks_uri: `${provider.url}/keys` });
  await expect(keysOf().now()).rejects.toMatchObject({ code: "unavailable" });
  expect(said).toEqual(["its discovery document is of another issuer, 'https://other.example'"]);
  const { issuer } = await keysOf({ isAnyIssuer: true }).now();
  expect(issuer).toBe("https://other.example");
});

test("further sets are trusted too", async () => {
  const more = startIdentityProvider([signingKey("second", "ES256")]);
  const { sets } = await keysOf({ moreJwksUris: [`${more.url}/keys`] }).now();
  expect(sets).toHaveLength(2);
  await more[Symbol.asyncDispose]();
});
