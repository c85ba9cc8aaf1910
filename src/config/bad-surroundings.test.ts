import { expect, test } from "bun:test";
import { problemLines } from "../../tests/fixtures/test-plugins.ts";

type BadFile = readonly [name: string, text: string, ...problems: string[]];

const NO_TEMPLATE = `'\${{' begins no template here: write \${{ env "DECK_NAME" }}, or "\\u0024{{" for the text as such`;

const FILES: readonly BadFile[] = [
  [
    "a missing variable",
    `_format_version: "3.0"
services:
  - name: a
    host: \${{ env "DECK_HOST" }}
    port: \${{ env "DECK_PORT" }}
    retrys: 1
`,
    "4:11 : environment variable DECK_HOST is not set",
    "5:11 : environment variable DECK_PORT is not set",
    "6:5 services[0].retrys: unknown field (did you mean 'retries'?)",
  ],
  [
    "a variable of the wrong type",
    `_format_version: "3.0"
services:
  - name: \${{ env "DECK_NAME" }}
    host: h
    port: "\${{ env "DECK_NAME" }}"
    retrys: 1
`,
    "5:11 services[0].port: expected an integer",
    "6:5 services[0].retrys: unknown field (did you mean 'retries'?)",
  ],
  [
    "what is nearly a template",
    `_format_version: "3.0"
services:
  - { name: a, host: \${{ env DECK_NAME }} }
  - { name: b, host: "\${{ envv "DECK_NAME" }}" }
  - { name: c, host: '\${{ env "DECK_NAME" }' }
  - { name: d, host: \${{ env "" }} }
  - { name: e, host: \${{ env "DECK_NAME" | toInt | toFoo }} }
  - { name: f, host: h, port: \${{ env "DECK_NAME" | indent }}, retrys: 1 }
  - name: \${{ env "DECK_NAME"
`,
    `3:22 : ${NO_TEMPLATE}`,
    `4:23 : ${NO_TEMPLATE}`,
    `5:23 : ${NO_TEMPLATE}`,
    `6:22 : ${NO_TEMPLATE}`,
    "7:22 : unknown filter 'toFoo'; there are toInt, toFloat, toBool and indent N",
    "8:31 : unknown filter 'indent'; there are toInt, toFloat, toBool and indent N",
    "8:64 services[5].retrys: unknown field (did you mean 'retries'?)",
    "9:5 services[6].host: required field missing",
    `9:11 : ${NO_TEMPLATE}`,
  ],
  [
    "an unresolved secret",
    withCredential("Bearer {vault://env/no-key}"),
    "10:23 plugins[0].config.auth.header_value: environment variable NO_KEY is not set",
  ],
  [
    "a vault that is not built",
    withCredential('"{vault://aws/key}"'),
    "10:23 plugins[0].config.auth.header_value: vault backend 'aws' is not built yet",
  ],
  [
    "a vault that is unknown",
    withCredential('"{vault://mine/key}"'),
    "10:23 plugins[0].config.auth.header_value: no vault is called 'mine' (built in: env, file)",
  ],
  [
    "a malformed reference",
    withCredential('"{vault://env}"'),
    "10:23 plugins[0].config.auth.header_value: malformed vault reference {vault://env}; write {vault://backend/resource}",
  ],
  [
    "two vaults of one prefix",
    `_format_version: "3.0"
vaults:
  - { name: env, prefix: mine }
  - { name: env, prefix: mine }
`,
    "4:26 vaults[1].prefix: uniqueness violation: 'vaults' entity with prefix set to 'mine' already declared",
  ],
  [
    "an unknown backend",
    `_format_version: "3.0"
vaults:
  - { name: keepass, prefix: mine }
`,
    "3:13 vaults[0].name: expected one of: aws, azure, conjur, env, file, gcp, hcv",
  ],
  [
    "an upstream that is used",
    `_format_version: "3.0"
services: [{ name: a, host: pool }]
upstreams:
  - name: pool
`,
    "4:5 upstreams[0]: service 'a' uses upstream 'pool': balancing over an upstream's targets is not built yet",
  ],
  [
    "a certificate that is none, a name that is none, a name of no certificate",
    `_format_version: "3.0"
certificates:
  - cert: x
    key: canary
    snis: [{ name: a.example }]
  - cert: x
    key: canary
    snis: [a..example]
snis:
  - name: b.example
    certificate: nowhere
`,
    "3:11 certificates[0].cert: is no certificate in PEM",
    "8:12 certificates[1].snis[0]: expected a host name, *.NAME, or *",
    "11:18 snis[0].certificate: invalid reference 'certificates: nowhere' (no such entry in 'certificates')",
  ],
];

/** A file whose one credential is written so, on line 10. */
function withCredential(written: string): string {
  return `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
      auth:
        header_name: Authorization
        header_value: ${written}
`;
}

test.each(FILES)("what a file leans on must be there: %s", (_name, text, ...problems) => {
  expect(problemLines(text, { env: { DECK_NAME: "a-canary-name" } })).toEqual(problems);
});
