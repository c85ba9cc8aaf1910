import { expect, test } from "bun:test";
import { redact } from "../../../src/config/redact.ts";
import { load, problemLines } from "../../fixtures/test-plugins.ts";

const CANARY = "sk-canary-4711";

const GOOD = `
_format_version: "3.0"
vaults:
  - { name: env, prefix: team, config: { prefix: team_ } }
services:
  - name: llm
    url: http://localhost:32000
    plugins:
      - name: ai-proxy
        config:
          route_type: llm/v1/chat
          auth:
            header_name: Authorization
            header_value: Bearer {vault://env/openai-key}
            param_name: "{vault://team/param}"
            param_value: ${CANARY}
            param_location: query
          model: { provider: openai, name: "{vault://env/not-referenceable}" }
      - name: http-log
        config:
          http_endpoint: "https://log.example/\${{ env "DECK_TOKEN" }}"
          headers: { x-token: "{vault://env/openai-key}" }
consumers:
  - username: ada
    keyauth_credentials: [{ key: ${CANARY} }]
    basicauth_credentials: [{ username: ada, password: "{vault://env/openai-key}" }]
    hmacauth_credentials: [{ username: ada, secret: ${CANARY} }]
    jwt_secrets: [{ key: issuer, secret: ${CANARY} }]
`;
const ENV = { OPENAI_KEY: CANARY, TEAM_PARAM: "key", DECK_TOKEN: CANARY };

function loaded() {
  const result = load(GOOD, { env: ENV });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

test("references resolve in referenceable fields, alone and inside text, and nowhere else", () => {
  const [proxy, log] = loaded().plugins;
  expect(proxy?.options).toMatchObject({
    auth: { header_value: `Bearer ${CANARY}`, param_name: "key" },
    model: { name: "{vault://env/not-referenceable}" },
  });
  expect(log?.options).toMatchObject({ headers: { "x-token": CANARY } });
});

test("a redacted configuration keeps its shape and loses its secrets", () => {
  const redacted = redact(loaded());
  const { definition: _definition, ...proxy } = redacted.plugins[0] ?? {};
  expect(JSON.stringify({ ...redacted, plugins: redacted.plugins.map(shown) })).not.toContain(
    CANARY,
  );
  expect(proxy).toMatchObject({
    name: "ai-proxy",
    options: {
      route_type: "llm/v1/chat",
      auth: { header_name: "Authorization", header_value: "***", param_value: "***" },
      model: { provider: "openai" },
    },
  });
  expect(redacted.credentials.map(({ fields }) => fields)).toMatchObject([
    { key: "***" },
    { username: "ada", password: "***" },
    { key: "issuer", secret: "***" },
    { username: "ada", secret: "***" },
  ]);
});

test("a redacted configuration shows addresses without the credentials in them", () => {
  const result = load(`
_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
        options:
          upstream_url: "http://a.test/v1?api_key=${CANARY}&a=b&sig=${CANARY}"
          upstream_path: "/y?key=${CANARY}&c=d"
`);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const [proxy] = redact(result.config).plugins;
  expect(proxy?.options).toMatchObject({
    model: {
      options: {
        upstream_url: "http://a.test/v1?api_key=REDACTED&a=b&sig=REDACTED",
        upstream_path: "/y?key=REDACTED&c=d",
      },
    },
  });
});

function shown({ definition: _definition, ...rest }: ReturnType<typeof redact>["plugins"][number]) {
  return rest;
}

const HEAD = `_format_version: "3.0"\n`;
const IN_AUTH = (value: string) => `${HEAD}plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model: { provider: openai }
      auth: { header_name: x, header_value: ${value} }
`;

test.each([
  [
    "a filled-in value that is a wrong name",
    `${HEAD}plugins:\n  - name: \${{ env "DECK_TOKEN" }}\n`,
  ],
  [
    "a filled-in value that is a wrong reference",
    `${HEAD}routes:\n  - service: \${{ env "DECK_TOKEN" }}\n`,
  ],
  ["a filled-in value as a key", `${HEAD}\${{ env "DECK_TOKEN" }}: 1\n`],
  ["a filled-in value that breaks the syntax", `${HEAD}a: [\${{ env "DECK_TOKEN" }}\n`],
  ["a filled-in value that is an alias", `${HEAD}services: *\${{ env "DECK_TOKEN" }}\n`],
  ["a secret inside a list", IN_AUTH(`[${CANARY}]`)],
  ["a secret that is a map", IN_AUTH(`{ Bearer: ${CANARY} }`)],
  ["a secret that is not closed", IN_AUTH(`"${CANARY}`)],
  ["JSON that is none", IN_AUTH(`"{vault://env/openai-key/field}"`)],
  [
    "a secret whose key is misspelt",
    `${HEAD}consumers:\n  - username: a\n    keyauth_credentials: [{ kye: ${CANARY} }]\n`,
  ],
  [
    "a secret that two consumers have",
    `${HEAD}consumers:\n  - username: a\n    keyauth_credentials: [{ key: ${CANARY} }, { key: ${CANARY} }]\n`,
  ],
  [
    "a model named by a secret",
    `providers: { openai: { key: ${CANARY} } }\nmodels: { a: $OPENAI_KEY, b: "${CANARY}/x" }\n`,
  ],
  [
    "a provider url with a fault",
    `providers: { openai: { key: $OPENAI_KEY, url: "$OPENAI_KEY" } }\n`,
  ],
])("no complaint quotes a secret: %s", (_name, text) => {
  const lines = problemLines(text, { env: ENV });
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join("\n")).not.toContain(CANARY);
});

test("a missing variable is a load error with its path and its name", () => {
  expect(problemLines(IN_AUTH(`"{vault://env/absent-key}"`))).toEqual([
    "7:45 plugins[0].config.auth.header_value: environment variable ABSENT_KEY is not set",
  ]);
});

test("a secret may be a file", () => {
  const result = load(IN_AUTH(`"{vault://file//run/secrets/openai}"`), {
    readFile: (path) => (path === "/run/secrets/openai" ? `${CANARY}\n` : ""),
  });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  expect(result.config.plugins[0]?.options).toMatchObject({ auth: { header_value: CANARY } });
});

test("a secret's last line break is none of it, wherever it comes from", () => {
  const headers = [
    load(IN_AUTH(`"{vault://env/openai-key}"`), { env: { OPENAI_KEY: `${CANARY}\n` } }),
    load(`providers: { azure: { key: $K, instance: "i$N" } }`, {
      env: { K: `${CANARY}\r\n`, N: "1\n" },
    }),
  ].map((result) => {
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    return JSON.stringify(result.config.plugins[0]?.options);
  });
  expect(headers[0]).toContain(`"header_value":"${CANARY}"`);
  expect(headers[1]).toContain(`"header_value":"${CANARY}"`);
  expect(headers[1]).toContain(`"azure_instance":"i1"`);
});

const HEADER_VALUE =
  "a header's value holds no line breaks or other control characters, and none beyond Latin-1";
const HEADER_NAME =
  "a header's name holds letters, digits and the characters ! # $ % & ' * + - . ^ _ ` | ~";
const AUTH = "plugins[0].config.auth";

test.each<[string, string, string]>([
  [
    "a line break inside",
    IN_AUTH(`"${CANARY}\\nx: y"`),
    `7:45 ${AUTH}.header_value: ${HEADER_VALUE}`,
  ],
  ["a line break behind", IN_AUTH(`"${CANARY}\\n"`), `7:45 ${AUTH}.header_value: ${HEADER_VALUE}`],
  ["a curly quote", IN_AUTH(`"“${CANARY}”"`), `7:45 ${AUTH}.header_value: ${HEADER_VALUE}`],
  [
    "two lines of the environment",
    IN_AUTH(`"Bearer {vault://env/two}"`),
    `7:45 ${AUTH}.header_value: ${HEADER_VALUE}`,
  ],
  [
    "two lines in the short form",
    "providers: { openai: { key: $TWO } }\n",
    `1:29 providers.openai.key: ${HEADER_VALUE}`,
  ],
  [
    "a name that is none",
    IN_AUTH(CANARY).replace("header_name: x", `header_name: "Bad Header"`),
    `7:28 ${AUTH}.header_name: ${HEADER_NAME}`,
  ],
])("a credential that no header can carry is refused, unquoted: %s", (_name, text, line) => {
  expect(problemLines(text, { env: { TWO: `${CANARY}\ntwo` } })).toEqual([line]);
});
