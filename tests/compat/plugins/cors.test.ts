import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadText } from "../../../src/cli/source.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A plain service with the plugin as the reference's files have it. */
function kong(config: object, more: readonly object[] = []) {
  return {
    _format_version: "3.0",
    services: [
      {
        url: `${lab.url}/anything`,
        routes: [{ paths: ["/"], plugins: [{ name: "cors", config }, ...more] }],
      },
    ],
  };
}

const ORIGIN = "https://app.example";

/** The headers of an answer that are about other origins. */
async function shared(
  file: object,
  init: { method?: string; headers?: Record<string, string> },
): Promise<Readonly<Record<string, unknown>>> {
  await using gateway = await startGateway(file);
  const response = await fetch(`${gateway.url}/x`, init);
  await response.text();
  const named = [...response.headers].filter(([name]) => /^(?:access-control-|vary)/.test(name));
  return { status: response.status, ...Object.fromEntries(named) };
}

const preflight = (headers: Record<string, string> = {}) => ({
  method: "OPTIONS",
  headers: { origin: ORIGIN, "access-control-request-method": "POST", ...headers },
});
const METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT";

describe("preflights", () => {
  test("any origin, every method and the headers that are asked for, by default", async () => {
    const asked = preflight({ "access-control-request-headers": "content-type,x-a" });
    expect(await shared(kong({}), asked)).toEqual({
      status: 200,
      "access-control-allow-origin": "*",
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": "content-type,x-a",
    });
  });

  test("what is configured", async () => {
    const config = {
      origins: [ORIGIN],
      methods: ["GET", "POST"],
      headers: ["authorization", "content-type"],
      exposed_headers: ["x-request-id"],
      max_age: 3600,
      credentials: true,
      private_network: true,
    };
    const asked = preflight({ "access-control-request-private-network": "true" });
    expect(await shared(kong(config), asked)).toEqual({
      status: 200,
      vary: "Origin",
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "authorization,content-type",
      "access-control-max-age": "3600",
      "access-control-allow-private-network": "true",
    });
  });

  test("come before keys, and go on where that is wanted", async () => {
    const guarded = [{ name: "key-auth", config: {} }];
    expect(await shared(kong({}, guarded), preflight())).toMatchObject({ status: 200 });
    const passing = await shared(kong({ preflight_continue: true }, guarded), preflight());
    expect(passing).toEqual({ status: 401, "access-control-allow-origin": "*" });
  });

  test("OPTIONS without an origin is none", async () => {
    const { status } = await shared(kong({}, [{ name: "key-auth" }]), { method: "OPTIONS" });
    expect(status).toBe(401);
  });
});

describe("answers", () => {
  const from = (origin: string) => ({ headers: { origin } });

  test.each([
    [["*"], ORIGIN, "*"],
    [[], ORIGIN, "*"],
    [[ORIGIN], "https://evil.example", ORIGIN],
    [[ORIGIN, "https://b.example"], ORIGIN, ORIGIN],
    [[ORIGIN, "https://b.example"], "https://evil.example", undefined],
    [["https://b.example:8443", "app.example"], ORIGIN, ORIGIN],
    [["https://b.example:8443", "app.example"], "https://b.example:8443", "https://b.example:8443"],
    [["https://[a-z]+\\.example"], ORIGIN, ORIGIN],
    [["https://[a-z]+\\.example"], "https://app.example.evil.test", undefined],
    [["https://[a-z]+\\.example"], "http://app.example", undefined],
    [[".*\\.example"], "https://app.example", "https://app.example"],
  ])("of %j to %s: %p", async (origins, origin, allowed) => {
    const headers = await shared(kong({ origins }), from(origin));
    expect(headers).toMatchObject({ status: 200 });
    expect(headers["access-control-allow-origin"]).toBe(allowed);
  });

  test("credentials name the origin instead of any", async () => {
    expect(await shared(kong({ credentials: true }), from(ORIGIN))).toEqual({
      status: 200,
      vary: "Origin",
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-credentials": "true",
    });
  });

  test("a refusal can be read by the page too", async () => {
    const headers = await shared(kong({ exposed_headers: ["a", "b"] }, [{ name: "key-auth" }]), {
      headers: { origin: ORIGIN },
    });
    expect(headers).toEqual({
      status: 401,
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "a,b",
    });
  });

  test("without an origin there are none where that is wanted", async () => {
    expect(await shared(kong({ allow_origin_absent: false }), {})).toEqual({ status: 200 });
    expect(await shared(kong({}), {})).toMatchObject({ "access-control-allow-origin": "*" });
  });
});

describe("the short form", () => {
  const file = (cors: unknown) => ({ providers: { vllm: { url: `${lab.url}/v1` } }, cors });

  test.each([[ORIGIN], [[ORIGIN]], [{ origins: [ORIGIN] }]])(
    "cors: %j lets pages of that origin call",
    async (cors) => {
      await using gateway = await startGateway({ ...file(cors), keys: { web: { key: "k-123" } } });
      const allowed = await fetch(`${gateway.url}/v1/chat/completions`, preflight());
      expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
        200,
        ORIGIN,
      ]);
      const headers = { origin: ORIGIN, authorization: "Bearer k-123" };
      const answer = await gateway.post("/v1/chat/completions", ask("echo"), { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      const lost = await gateway.post("/v1/messages", {}, { headers });
      expect(lost.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    },
  );

  test("without it pages of other origins are left out", async () => {
    await using gateway = await startGateway(file(undefined));
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, preflight());
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([204, null]);
  });

  test.each([
    [{ cors: true, providers: {} }, "cors: name the origins, or write '*' for any"],
    [{ cors: { origin: ["a"] }, providers: {} }, "cors.origin: unknown field"],
    [{ cors: ["https://(a"], providers: {} }, "cors[0]: invalid pattern"],
    [
      { cors: "*", _format_version: "3.0" },
      "cors: has no effect without providers, models or keys of the short form",
    ],
  ])("%j is refused", (written, message) => {
    const result = loadText(JSON.stringify(written), "gateway.yaml");
    const problems = "problems" in result ? result.problems : [];
    expect(problems.map(({ path, message: text }) => `${path}: ${text}`).join("\n")).toContain(
      message,
    );
  });
});
