import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { loadConfig } from "../../src/config/load-config.ts";
import { redact } from "../../src/config/redact.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { PLUGINS } from "../../src/plugins/registry.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const canary = fc
  .string({
    unit: fc.constantFrom(..."abcdefghijkmnpqrstuvwxyz23456789"),
    minLength: 16,
    maxLength: 24,
  })
  .map((text) => `can4ry${text}`);

/** The same credential's name as somebody may write it. */
const spelling = fc
  .tuple(
    fc.constantFrom("apikey", "api_key", "x-api-key", "access_token", "client_secret", "my_token"),
    fc.constantFrom("", "[]", "[0]", "[key]"),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([name, brackets, isUpper, isEscaped]) => {
    const written = (isUpper ? name.toUpperCase() : name.replaceAll("_", "-")) + brackets;
    return isEscaped ? encodeURIComponent(encodeURIComponent(written)) : encodeURI(written);
  });

const headerName = fc.constantFrom(
  "authorization",
  "x-api-key",
  "X_Api_Key",
  "x-auth-token",
  "x-amz-security-token",
  "x-litellm-api-key",
  "x-my-secret",
  "cookie",
);

const place = fc.constantFrom("query", "header", "body");

test("no credential, of whoever and wherever it stands, is in a log, an explanation, a metric or an answer", () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({
        fixed: fc.tuple(fc.constantFrom("k", "code", "subscription", "u"), canary),
        configured: fc.tuple(place, canary),
        asked: fc.tuple(spelling, canary),
        brought: fc.tuple(headerName, canary),
        model: fc.constantFrom("lab/echo", "lab/401", "lab/500", "lab/reset"),
        path: fc.constantFrom("/ai", "/plain/anything", "/nowhere"),
      }),
      async ({ fixed, configured, asked, brought, model, path }) => {
        const [at, ours] = configured;
        const auth =
          at === "header"
            ? { header_name: "x-ours", header_value: ours }
            : { param_name: "ours", param_value: ours, param_location: at };
        const address = `${lab.url}/v1/chat/completions?${fixed[0]}=${fixed[1]}`;
        const target = { auth, model: { provider: "openai", options: { upstream_url: address } } };
        const config = {
          ...proxies(openai(lab.url, target)),
          routes: [{ name: "plain", paths: ["/plain"], service: "plain" }],
        };
        const { services } = config as unknown as { services: object[] };
        services.push({ name: "plain", url: lab.url });
        await using gateway = await startGateway(config);
        const answer = await gateway.post(`${path}?${asked[0]}=${asked[1]}`, ask(model), {
          headers: { [brought[0]]: `Bearer ${brought[1]}` },
        });
        const said = path === "/plain/anything" ? "" : await answer.text();
        const record = JSON.stringify(await gateway.record());
        const text = JSON.stringify(config);
        const loaded = loadConfig(
          { text, file: "gateway.json" },
          { env: {}, plugins: PLUGINS, readFile: () => "" },
        );
        if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
        const explained = JSON.stringify(redact(loaded.config));
        const told = [record, explained, said, gateway.counted()].join("\n");
        for (const [, secret] of [fixed, configured, asked, brought]) {
          expect(told).not.toContain(secret);
        }
      },
    ),
    { numRuns: 60 },
  ));
