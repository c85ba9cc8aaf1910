import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { createFindOrigin } from "../../src/server/client-origin.ts";
import { ask, eventsOf, startGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";
import { startMute } from "./deaf.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** A route without a proxy plugin: its service is the lab, or whatever is at `url`. */
const service = (more: object = {}) => ({
  _format_version: "3.0",
  services: [{ name: "plain", url: lab.url, routes: [{ name: "all", paths: ["/lab"] }], ...more }],
});

describe("a route without a proxy plugin", () => {
  test("passes request and answer on as they are", async () => {
    await using gateway = await startGateway(service());
    const headers = { authorization: "Bearer own", "x-a": "b", "content-type": "text/plain" };
    const init = { method: "PUT", body: "hello", headers };
    const response = await fetch(`${gateway.url}/lab/anything?c=d`, init);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBeNull();
    expect(await response.json()).toMatchObject({
      method: "PUT",
      target: "/anything?c=d",
      headers: { authorization: "Bearer own", "x-a": "b" },
      body: "hello",
    });
    const record = await gateway.record();
    expect(record).toMatchObject({ upstream_status: "200", service: { name: "plain" } });
    expect(record).not.toHaveProperty("ai");
  });

  test("passes redirects on, which only a proxy's credentials forbid", async () => {
    await using gateway = await startGateway(service());
    const response = await gateway.post("/lab/v1/chat/completions", ask("lab/redirect"), {
      redirect: "manual",
    });
    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toBe("/anything/redirected");
    expect(lab.requests).toHaveLength(1);
  });

  test("streams", async () => {
    await using gateway = await startGateway(service());
    const body = ask("lab/echo", { stream: true });
    const response = await gateway.post("/lab/v1/chat/completions", body);
    expect(eventsOf(await response.text()).at(-1)).toBe("[DONE]");
    await gateway.record();
  });

  test("is not served while its service is off, and another route may take its place", async () => {
    const { services } = service({ enabled: false });
    const wide = { name: "other", url: lab.url, routes: [{ name: "wide", paths: ["/la"] }] };
    await using off = await startGateway({ _format_version: "3.0", services });
    const response = await off.post("/lab/anything", {});
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ message: "no Route matched with those values" });
    expect(lab.requests).toHaveLength(0);
    await using both = await startGateway({
      _format_version: "3.0",
      services: [...services, wide],
    });
    await both.post("/lab/anything", {});
    expect(await both.record()).toMatchObject({ route: { name: "wide" } });
  });

  test("answers for a service that is not there", async () => {
    await using gateway = await startGateway(service({ url: "http://127.0.0.1:1", retries: 0 }));
    const response = await gateway.post("/lab/x", {});
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({
      message: "An invalid response was received from the upstream server",
      request_id: response.headers.get("x-kong-request-id"),
    });
    expect(await gateway.record()).toMatchObject({ tries: [{ state: "failed" }] });
  });

  test("gives a silent service up after its read_timeout", async () => {
    await using gateway = await startGateway(service({ read_timeout: 30 }));
    const silent = await gateway.post("/lab/v1/chat/completions", ask("lab/stall-headers"));
    expect(silent.status).toBe(504);
    const stalling = ask("lab/stall-mid-stream", { stream: true });
    const broken = await gateway.post("/lab/v1/chat/completions", stalling);
    expect(broken.status).toBe(200);
    expect(broken.text()).rejects.toThrow();
    await gateway.record(2);
    for (const { outcome } of lab.requests) expect(await outcome).toBe("client-left");
  });

  test.each(["GET", "POST"])(
    "gives a service that does not connect up after its connect_timeout, %s",
    async (method) => {
      await using mute = startMute();
      await using gateway = await startGateway(
        service({ url: mute.url, connect_timeout: 30, retries: 1 }),
      );
      const body = method === "POST" ? { body: "hello" } : {};
      const response = await fetch(`${gateway.url}/lab/x`, { method, ...body });
      expect(response.status).toBe(504);
      const { tries } = await gateway.record();
      expect(tries.map(({ state }) => state)).toEqual(["failed", "failed"]);
    },
  );

  test("a connect_timeout ends with the connection: the client's body may take its time", async () => {
    await using gateway = await startGateway(service({ connect_timeout: 200 }));
    const late = new ReadableStream({
      async pull(controller) {
        await Bun.sleep(400);
        controller.enqueue(new TextEncoder().encode("hello"));
        controller.close();
      },
    });
    const response = await fetch(`${gateway.url}/lab/anything`, { method: "POST", body: late });
    expect([response.status, await response.json()]).toMatchObject([200, { body: "hello" }]);
  });

  test("an upload that takes longer than its read_timeout is not cut while it moves", async () => {
    await using gateway = await startGateway(service({ read_timeout: 1_000 }));
    let pieces = 0;
    const upload = new ReadableStream({
      async pull(controller) {
        await Bun.sleep(300);
        controller.enqueue(new TextEncoder().encode("hello "));
        pieces += 1;
        if (pieces === 5) controller.close();
      },
    });
    const response = await fetch(`${gateway.url}/lab/anything`, { method: "POST", body: upload });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { body: "hello ".repeat(5) },
    ]);
  });

  test("a client that stops amid its upload is told so, and the service is not blamed", async () => {
    await using gateway = await startGateway(service({ read_timeout: 300 }));
    const head = "POST /lab/anything HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    const { text } = await sendRaw(gateway.port, `${head}2\r\nhi\r\n`);
    expect(statusesOf(text)).toEqual([408]);
  });

  test("a write_timeout that is longer than its read_timeout is how long it may take to answer", async () => {
    const timeouts = { read_timeout: 100, write_timeout: 20_000 };
    const slow = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async () => {
        await Bun.sleep(300);
        return new Response("here");
      },
    });
    try {
      const url = `http://127.0.0.1:${slow.port}`;
      await using gateway = await startGateway(service({ url, ...timeouts }));
      expect(await (await fetch(`${gateway.url}/lab/x`)).text()).toBe("here");
    } finally {
      await slow.stop(true);
    }
  });

  test("leaves the service when the client leaves", async () => {
    await using gateway = await startGateway(service());
    const body = ask("lab/endless+slow-1", { stream: true });
    const response = await gateway.post("/lab/v1/chat/completions", body);
    await response.body?.cancel();
    expect(await lab.requests[0]?.outcome).toBe("client-left");
    expect(await gateway.record()).toMatchObject({ client_aborted: true });
  });
});

describe("the body of a GET or HEAD, which the runtime gives to nobody", () => {
  test.each([
    ["GET", "Content-Length: 2\r\n\r\n{}"],
    ["HEAD", "Content-Length: 2\r\n\r\n{}"],
    ["GET", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
    ["HEAD", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
  ])("is not lost silently: %s %j is refused", async (method, rest) => {
    await using gateway = await startGateway(service());
    const request = `${method} /lab/anything HTTP/1.1\r\nHost: x\r\n${rest}`;
    const { text, closed } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([400]);
    expect(closed).toBe(true);
    if (method === "GET") {
      expect(text).toContain(
        "a GET with a body is not served here, because the body would be lost: send it with POST",
      );
    }
    expect(lab.requests).toHaveLength(0);
  });

  test.each(["", "Content-Length: 0\r\n"])("is none with %j", async (line) => {
    await using gateway = await startGateway(service());
    const request = `GET /lab/anything HTTP/1.1\r\nHost: x\r\n${line}Connection: close\r\n\r\n`;
    const { text } = await sendRaw(gateway.port, request);
    expect(statusesOf(text)).toEqual([200]);
    const [seen] = lab.requests;
    expect([seen?.method, seen?.body]).toEqual(["GET", ""]);
    expect([...(seen?.headers.keys() ?? [])]).not.toContain("content-length");
    expect([...(seen?.headers.keys() ?? [])]).not.toContain("transfer-encoding");
  });
});

describe("headers that Connection names stay behind (RFC 9110 §7.6.1)", () => {
  const get = (lines: string) =>
    `GET /lab/anything HTTP/1.1\r\nHost: x\r\nX-Hop: a\r\nX-End: b\r\n${lines}\r\n\r\n`;

  test.each(["close, X-Hop", "close\r\nConnection: x-hop", " x-hop ,close, , X-Other"])(
    "Connection: %j",
    async (connection) => {
      await using gateway = await startGateway(service());
      const { text } = await sendRaw(gateway.port, get(`Connection: ${connection}`));
      expect(statusesOf(text)).toEqual([200]);
      const { headers } = lab.requests[0] ?? {};
      expect([headers?.get("x-hop"), headers?.get("x-end")]).toEqual([null, "b"]);
      expect(headers?.get("connection")).toBeNull();
    },
  );

  test("but not what the gateway and the hops before it say of a caller", async () => {
    const plugins = [{ name: "key-auth" }];
    const consumers = [
      { username: "ada", custom_id: "1", keyauth_credentials: [{ id: "c", key: "k" }] },
    ];
    const trustedIps = ["127.0.0.1"];
    const findOrigin = createFindOrigin({ trustedIps, realIpHeader: "", realIpRecursive: false });
    const config = { ...service(), plugins, consumers };
    await using gateway = await startGateway(config, { server: { findOrigin } });
    const named = [
      "Host, X-Consumer-Id, X-Consumer-Username, X-Consumer-Custom-Id, X-Credential-Identifier",
      "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Real-IP, apikey, close",
    ].join(", ");
    const lines = `apikey: k\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: ${named}`;
    const { text } = await sendRaw(gateway.port, get(lines));
    expect(statusesOf(text)).toEqual([200]);
    expect(Object.fromEntries(lab.requests[0]?.headers ?? [])).toMatchObject({
      host: new URL(lab.url).host,
      "x-consumer-id": expect.any(String),
      "x-consumer-username": "ada",
      "x-consumer-custom-id": "1",
      "x-credential-identifier": "c",
      "x-forwarded-for": "192.0.2.1, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "x",
      "x-real-ip": "127.0.0.1",
    });
  });
});
