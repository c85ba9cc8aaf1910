import { expect, test } from "bun:test";
import { createVaults, VaultError } from "./vault.ts";

const FILES: Readonly<Record<string, string>> = {
  "/run/secrets/key": "from-file\n",
  "keys.json": '{"openai":"from-json"}',
  empty: "\n",
};

const vaults = createVaults({
  env: {
    MY_SECRET: "one",
    MY_SECRET_PREVIOUS: "zero",
    SSL_CERT: "certificate",
    TEAM_KEY: "of the team",
    BUNDLE: '{"a":"first","n":5,"deep":{"b":"second"}}',
    EMPTY: "",
    BLANK: " \n",
    LINE: "a line\r\n",
  },
  entities: [
    { name: "env", prefix: "team-vault", config: { prefix: "team_" } },
    { name: "hcv", prefix: "far", config: {} },
  ],
  readFile(path) {
    const text = FILES[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  },
});

test.each([
  ["a name in upper case with underscores", "{vault://env/my-secret}", "one"],
  ["the previous version", "{vault://env/my-secret#2}", "zero"],
  ["the current version by number", "{vault://env/my-secret#1}", "one"],
  ["a prefix", "{vault://env/cert?prefix=SSL_}", "certificate"],
  ["options of caches", "{vault://env/my-secret?ttl=60&neg_ttl=5}", "one"],
  ["a key of JSON", "{vault://env/bundle/a}", "first"],
  ["a number of JSON", "{vault://env/bundle/n}", "5"],
  ["a nested key of JSON", "{vault://env/bundle/deep/b}", "second"],
  ["an entity by its prefix", "{vault://team-vault/key}", "of the team"],
  ["a variable, trimmed", "{vault://env/line}", "a line"],
  ["a file, trimmed", "{vault://file//run/secrets/key}", "from-file"],
  ["a key of a JSON file", "{vault://file/keys.json?key=openai}", "from-json"],
  ["inside a longer text", "Bearer {vault://env/my-secret}!", "Bearer one!"],
  ["several in one text", "{vault://env/my-secret}:{vault://env/bundle/a}", "one:first"],
])("a reference resolves: %s", (_name, text, expected) => {
  expect(vaults.resolve(text)).toBe(expected);
});

test.each([
  ["{vault://env/no-such}", "environment variable NO_SUCH is not set"],
  ["{vault://env/empty}", "environment variable EMPTY is empty"],
  ["{vault://env/blank}", "environment variable BLANK is empty"],
  ["{vault://env/bundle/z}", "environment variable BUNDLE has no key 'z'"],
  [
    "{vault://env/my-secret/z}",
    "environment variable MY_SECRET does not hold JSON, so key 'z' has no value",
  ],
  ["{vault://file/nowhere}", "file nowhere cannot be read"],
  ["{vault://file/empty}", "file empty is empty"],
  ["{vault://far/key}", "vault backend 'hcv' is not built yet"],
  ["{vault://gcp/key}", "vault backend 'gcp' is not built yet"],
  ["{vault://other/key}", "no vault is called 'other' (built in: env, file)"],
  [
    "{vault://env/my-secret#3}",
    "vault reference {vault://env/my-secret#3}: the version is 1 (current) or 2 (previous)",
  ],
  [
    "{vault://env/my-secret?prefx=A}",
    "vault reference {vault://env/my-secret?prefx=A} has an unknown option 'prefx'",
  ],
  ["{vault://env/my-secret", "malformed vault reference; write {vault://backend/resource}"],
])("a reference that leads nowhere says so: %s", (text, message) => {
  expect(() => vaults.resolve(text)).toThrow(new VaultError(message));
});

test("the global prefix holds where neither the reference nor its vault has one", () => {
  const prefixed = createVaults({
    env: { KONG_VAULT_ENV_PREFIX: "APP_", APP_KEY: "a", KEY: "b" },
    entities: [],
    readFile: () => "",
  });
  expect(prefixed.resolve("{vault://env/key}")).toBe("a");
  expect(prefixed.resolve("{vault://env/key?prefix=}")).toBe("b");
});
