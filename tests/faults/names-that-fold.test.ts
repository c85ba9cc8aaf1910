import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { createFindOrigin } from "../../src/server/client-origin.ts";
import { ask, openai, proxies, startGateway, type TestGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  const open = { name: "open", url: lab.url, routes: [{ name: "open", paths: ["/open"] }] };
  const keyed = {
    name: "keyed",
    url: lab.url,
    routes: [{ name: "keyed", paths: ["/keyed"], plugins: [{ name: "key-auth" }] }],
  };
  const [{ services } = { services: [] }] = [proxies(openai(lab.url)) as { services: object[] }];
  const consumers = [{ username: "ada", keyauth_credentials: [{ id: "c", key: "k" }] }];
  const config = { _format_version: "3.0", services: [...services, open, keyed], consumers };
  const trust = { trustedIps: ["127.0.0.1"], realIpHeader: "", realIpRecursive: false };
  gateway = await startGateway(config, { server: { findOrigin: createFindOrigin(trust) } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});
beforeEach(() => lab.reset());

/** What the lab was sent for a request with these header lines, as CGI would name it. */
async function received(path: string, lines: readonly string[]) {
  const body = JSON.stringify(ask("lab/echo"));
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: x",
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    ...lines,
  ];
  const { text } = await sendRaw(gateway.port, `${head.join("\r\n")}\r\n\r\n${body}`);
  expect(statusesOf(text)).toEqual([200]);
  const { headers = [] } = lab.requests.at(-1) ?? {};
  return new Map([...headers].map(([name, value]) => [name.replace(/[^a-z0-9]/gi, "_"), value]));
}

const IDENTITY = [
  "X-Consumer-Username",
  "X-Consumer-Id",
  "X-Consumer-Custom-Id",
  "X-Consumer-Groups",
  "X-Credential-Identifier",
  "X-Credential-Username",
  "X-Authenticated-Groups",
  "X-Authenticated-Userid",
  "X-Authenticated-Scope",
  "X-Anonymous-Consumer",
];

/** The same name, its hyphens written as one of what some server takes for one. */
const spelt = (names: readonly string[], separators = ["-", "_", "."]) =>
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.array(fc.constantFrom(...separators), { minLength: 4, maxLength: 4 }),
    )
    .map(([name, marks]) => name.replace(/-/g, () => marks.pop() ?? "-"));

describe("names that another server may take for one of the gateway's", () => {
  test.each(["/open/anything", "/keyed/anything", "/ai"])(
    "who calls is said by the gateway alone, whatever a client writes: %s",
    (path) =>
      fc.assert(
        fc.asyncProperty(fc.array(spelt(IDENTITY), { maxLength: 6 }), async (names) => {
          const lines = ["apikey: k", ...names.map((name) => `${name}: mallory`)];
          const headers = await received(path, lines);
          expect([...headers.values()]).not.toContain("mallory");
          if (path === "/keyed/anything") expect(headers.get("x_consumer_username")).toBe("ada");
          else expect([...headers.keys()].join()).not.toMatch(/consumer|credential|authenticated/);
        }),
        { numRuns: 30 },
      ),
  );

  test.each(["/open/anything", "/ai"])(
    "a name with an underscore goes no further: %s",
    async (path) => {
      const headers = await received(path, [
        "X_Forwarded_For: 203.0.113.9",
        "X-Forwarded_Host: evil.example",
        "X_Real_IP: 203.0.113.9",
        "Proxy_Authorization: basic",
        "api_key: mine",
        "x_own: lost",
        "x-own-plain: kept",
      ]);
      const values = [...headers.values()];
      for (const lost of ["evil.example", "basic", "mine", "lost"])
        expect(values).not.toContain(lost);
      expect(values.join()).not.toContain("203.0.113.9");
      expect(headers.get("x_own_plain")).toBe("kept");
    },
  );

  test("but the gateway itself reads it: a key may be looked for under such a name", async () => {
    const config = {
      _format_version: "3.0",
      services: [
        {
          name: "s",
          url: lab.url,
          routes: [
            { paths: ["/k"], plugins: [{ name: "key-auth", config: { key_names: ["api_key"] } }] },
          ],
        },
      ],
      consumers: [{ username: "ada", keyauth_credentials: [{ key: "k" }] }],
    };
    await using keyed = await startGateway(config);
    const response = await fetch(`${keyed.url}/k/anything`, { headers: { api_key: "k" } });
    expect(response.status).toBe(200);
  });
});
