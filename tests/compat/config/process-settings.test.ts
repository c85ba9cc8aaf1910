import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { createFindOrigin } from "../../../src/server/client-origin.ts";
import { kongHeaders } from "../../../src/server/kong-headers.ts";
import { ask, openai, proxies, startGateway } from "../../gateway.ts";
import { sendRaw, statusesOf } from "../../raw-http.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const service = (route: object = {}) => ({
  _format_version: "3.0",
  services: [{ name: "plain", url: lab.url, routes: [{ name: "all", paths: ["/lab"], ...route }] }],
});

describe("KONG_HEADERS", () => {
  /** The name of the model is a plugin's own header. */
  const OWN = /^(?:x-kong-(?!llm-).*|server|via)$/;
  const names = (headers: Headers) => [...headers.keys()].filter((name) => OWN.test(name)).sort();

  test.each([
    [
      "server_tokens, latency_tokens, X-Kong-Request-Id",
      ["via", "x-kong-proxy-latency", "x-kong-request-id", "x-kong-upstream-latency"],
      ["server", "x-kong-request-id", "x-kong-response-latency"],
    ],
    ["", [], []],
    ["Via, X-Kong-Upstream-Status", ["via", "x-kong-upstream-status"], []],
    ["X-Kong-Total-Latency", ["x-kong-total-latency"], ["x-kong-total-latency"]],
    ["Server, X-Kong-Upstream-Latency", ["x-kong-upstream-latency"], ["server"]],
  ])("%s", async (written, answered, refused) => {
    const list = written.split(", ").filter((name) => name !== "");
    await using gateway = await startGateway(proxies(openai(lab.url)), {
      server: { kongHeaders: kongHeaders(list) },
    });
    const answer = await gateway.post("/ai", ask("lab/echo"));
    const refusal = await gateway.post("/nowhere", {});
    expect([names(answer.headers), names(refusal.headers)]).toEqual([answered, refused]);
    if (answered.includes("x-kong-upstream-status")) {
      expect(answer.headers.get("x-kong-upstream-status")).toBe("200");
    }
  });
});

describe("KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE", () => {
  const body = JSON.stringify(ask("lab/echo", { user: "u".repeat(2000) }));
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const start = (bodyLimitBytes: number) =>
    startGateway(
      { ...proxies(openai(lab.url)), ...merged(service(), proxies(openai(lab.url))) },
      { server: { bodyLimitBytes } },
    );

  test.each([
    ["a proxied body that says its length", "/ai", `Content-Length: ${body.length}`, body],
    ["a proxied body in chunks", "/ai", "Transfer-Encoding: chunked", chunked],
    ["a body for a plain service", "/lab/anything", `Content-Length: ${body.length}`, body],
    ["one in chunks", "/lab/anything", "Transfer-Encoding: chunked", chunked],
  ])("%s over the limit is refused with 413", async (_, path, header, sent) => {
    await using gateway = await start(1000);
    const request = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n${sent}`;
    const { text, closed } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([413]);
    expect(text).toContain('"message":"Payload too large"');
    expect(closed).toBe(true);
  });

  test.each([
    ["as large as the limit", body.length],
    ["without a limit", 0],
  ])("a body %s is taken", async (_, limit) => {
    await using gateway = await start(limit);
    for (const path of ["/ai", "/lab/anything"]) {
      expect((await gateway.post(path, body)).status).toBe(200);
      const stream = new Blob([body]).stream();
      expect((await fetch(gateway.url + path, { ...json, body: stream })).status).toBe(200);
    }
  });

  const json = { method: "POST", headers: { "content-type": "application/json" } };
});

describe("KONG_TRUSTED_IPS", () => {
  const trusting = (trustedIps: readonly string[]) => ({
    server: {
      findOrigin: createFindOrigin({
        trustedIps,
        realIpHeader: "X-Real-IP",
        realIpRecursive: false,
      }),
    },
  });
  const headers = {
    "x-real-ip": "203.0.113.9",
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "told.example",
    "x-forwarded-port": "8443",
    "x-forwarded-prefix": "/made-up",
    forwarded: "for=203.0.113.9",
  };

  test("a trusted hop says who the client is, and what it asked for", async () => {
    const route = { hosts: ["told.example"], protocols: ["https"] };
    await using gateway = await startGateway(service(route), trusting(["127.0.0.0/8"]));
    const response = await fetch(`${gateway.url}/lab/anything`, { headers });
    expect(response.status).toBe(200);
    expect((await gateway.record()).client_ip).toBe("203.0.113.9");
    const { headers: seen } = (await response.json()) as { headers: Record<string, string> };
    expect(forwardingOf(seen)).toEqual({
      "x-real-ip": "203.0.113.9",
      "x-forwarded-for": "203.0.113.9, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "told.example",
      "x-forwarded-port": "8443",
      "x-forwarded-path": "/lab/anything",
    });
  });

  test("what anybody else says is dropped and written anew", async () => {
    await using gateway = await startGateway(service(), trusting(["10.0.0.0/8"]));
    const response = await fetch(`${gateway.url}/lab/anything`, { headers });
    expect((await gateway.record()).client_ip).toBe("127.0.0.1");
    const { headers: seen } = (await response.json()) as { headers: Record<string, string> };
    expect(forwardingOf(seen)).toEqual({
      "x-real-ip": "127.0.0.1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": `127.0.0.1:${gateway.port}`,
      "x-forwarded-port": String(gateway.port),
      "x-forwarded-path": "/lab/anything",
    });
  });

  test("a route for https alone is not reached by a made-up header", async () => {
    const route = { protocols: ["https"] };
    await using gateway = await startGateway(service(route), trusting([]));
    expect((await fetch(`${gateway.url}/lab/anything`, { headers })).status).toBe(426);
  });
});

function forwardingOf(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(?:forwarded|x-real-ip|x-forwarded-)/.test(name)),
  );
}

function merged(...configs: readonly object[]) {
  return {
    services: configs.flatMap((one) => (one as { services: object[] }).services),
  };
}
