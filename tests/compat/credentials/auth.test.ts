import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/chat/json.ts";
import { compileTarget } from "../../../src/providers/target.ts";
import { targetSchema } from "../../../src/providers/target-schema.ts";
import { upstreamRequest } from "../../../src/providers/upstream-request.ts";

interface Sent {
  readonly headers?: Record<string, string>;
  readonly search?: string;
  readonly body?: JsonObject;
  readonly stream?: boolean;
  readonly jsonBody?: boolean;
}

interface Written {
  readonly auth?: object;
  readonly provider?: string;
  readonly options?: object;
}

function request({ auth = {}, provider = "openai", options = {} }: Written, sent: Sent = {}) {
  const { headers = {}, search = "", body, stream = false, jsonBody = true } = sent;
  const target = compileTarget(
    targetSchema.parse({
      route_type: "llm/v1/chat",
      auth,
      model: { provider, name: "m", options },
    }),
  );
  const incoming = new Headers(headers);
  return upstreamRequest(target.resolve({ headers: incoming, search, captures: {} }), {
    method: "POST",
    path: "/",
    clientPath: "/chat",
    search,
    headers: incoming,
    model: "m",
    stream,
    jsonBody,
    ...(body && { clientBody: body }),
  });
}

const query = (url: string) => Object.fromEntries(new URL(url).searchParams);

describe("allow_override", () => {
  const header = { header_name: "Authorization", header_value: "Bearer ours" };
  const inQuery = { param_name: "key", param_value: "ours", param_location: "query" };
  const inBody = { param_name: "api_key", param_value: "ours", param_location: "body" };

  test.each([
    [false, "Bearer theirs", "Bearer ours"],
    [false, undefined, "Bearer ours"],
    [true, "Bearer theirs", "Bearer theirs"],
    [true, undefined, "Bearer ours"],
  ])("header, override %p, client sends %p", (allow_override, theirs, expected) => {
    const sent = theirs ? { headers: { authorization: theirs } } : {};
    for (const provider of ["openai", "huggingface"]) {
      const { headers } = request({ provider, auth: { ...header, allow_override } }, sent);
      expect(headers["authorization"]).toBe(expected);
    }
  });

  test.each([
    [false, "?key=theirs&a=1", { key: "ours", a: "1" }],
    [false, "", { key: "ours" }],
    [true, "?key=theirs&a=1", { key: "theirs", a: "1" }],
    [true, "", { key: "ours" }],
  ])("query, override %p, client sends %p", (allow_override, search, expected) => {
    const { url } = request({ auth: { ...inQuery, allow_override } }, { search });
    expect(query(url)).toEqual(expected);
  });

  test.each([
    [false, { api_key: "theirs" }, "ours"],
    [false, {}, "ours"],
    [true, { api_key: "theirs" }, "theirs"],
    [true, {}, "ours"],
  ])("body, override %p, client sends %p", (allow_override, body, expected) => {
    const { bodyMembers } = request({ auth: { ...inBody, allow_override } }, { body });
    expect(bodyMembers).toEqual({ api_key: expected });
  });

  test("header and parameter together", () => {
    const { headers, url } = request({ auth: { ...header, ...inQuery } });
    expect([headers["authorization"], query(url)]).toEqual(["Bearer ours", { key: "ours" }]);
  });

  test("a value is sent as it is written, in a query encoded", () => {
    const auth = { param_name: "k y", param_value: "a&b=c d", param_location: "query" };
    expect(query(request({ auth }).url)).toEqual({ "k y": "a&b=c d" });
  });
});

describe("what a client may not send upstream", () => {
  const secrets = {
    authorization: "Bearer gateway",
    "x-api-key": "s",
    "api-key": "s",
    "x-goog-api-key": "s",
    apikey: "s",
    cookie: "s=1",
    "proxy-authorization": "s",
    "x-consumer-username": "s",
    "x-consumer-groups": "s",
    "x-forwarded-for": "1.2.3.4",
    "x-forwarded-host": "s",
    forwarded: "for=1.2.3.4",
    host: "gateway.example",
    "content-length": "3",
    "transfer-encoding": "chunked",
    te: "trailers",
    upgrade: "h2c",
    "kong-debug": "1",
    "x-dragoman-strict": "1",
  };

  test("credentials, hops and the gateway's own headers stay behind", () => {
    const { headers } = request({}, { headers: { ...secrets, "openai-beta": "assistants=v2" } });
    expect(headers).toEqual({
      "openai-beta": "assistants=v2",
      "content-type": "application/json",
      "accept-encoding": "identity",
    });
  });

  test("only the configured credential header may come from the client", () => {
    const auth = { header_name: "X-API-Key", header_value: "ours", allow_override: true };
    const { headers } = request({ auth }, { headers: secrets });
    expect(headers["x-api-key"]).toBe("s");
    expect(JSON.stringify(headers)).not.toContain("gateway");
  });

  test("headers named in Connection stay behind", () => {
    const { headers } = request(
      {},
      { headers: { connection: "close, X-Hop", "x-hop": "1", "x-end": "2" } },
    );
    expect([headers["x-hop"], headers["x-end"], headers["connection"]]).toEqual([
      undefined,
      "2",
      undefined,
    ]);
  });

  test("what the gateway writes itself cannot be named away", () => {
    const auth = { header_name: "X-API-Key", header_value: "ours" };
    const connection = "X-API-Key, content-type, accept-encoding";
    expect(request({ auth }, { headers: { connection, ...secrets } }).headers).toEqual({
      "x-api-key": "ours",
      "content-type": "application/json",
      "accept-encoding": "identity",
    });
  });

  test("a gateway key in the query stays behind", () => {
    expect(query(request({}, { search: "?apikey=s&key=s&a=1&b" }).url)).toEqual({ a: "1", b: "" });
  });
});

describe("headers that are written anew", () => {
  test.each([
    [{ "accept-encoding": "gzip, deflate" }, false, "gzip, identity"],
    [{ "accept-encoding": "gzip" }, true, "identity"],
    [{ "accept-encoding": "br" }, false, "identity"],
    [{ "accept-encoding": "gzip;q=0, br" }, false, "identity"],
    [{}, false, "identity"],
  ])("accept-encoding for %p, stream %p", (headers, stream, expected) => {
    expect(request({}, { headers, stream }).headers["accept-encoding"]).toBe(expected);
  });

  test("the type of a body that is the client's own stays", () => {
    const headers = {
      "content-type": "multipart/form-data; boundary=x",
      "content-encoding": "gzip",
    };
    expect(request({}, { headers, jsonBody: false }).headers).toMatchObject(headers);
    const written = request({}, { headers }).headers;
    expect(written["content-type"]).toBe("application/json");
    expect(written).not.toHaveProperty("content-encoding");
  });

  test("vendors' own headers win over the client's", () => {
    const anthropic = request(
      { provider: "anthropic", options: { anthropic_version: "2023-06-01" } },
      { headers: { "anthropic-version": "theirs" } },
    );
    expect(anthropic.headers["anthropic-version"]).toBe("2023-06-01");
    const huggingface = request({
      provider: "huggingface",
      options: { huggingface: { use_cache: true } },
    });
    expect(huggingface.headers).toMatchObject({
      "x-use-cache": "true",
      "x-wait-for-model": "false",
    });
  });
});
