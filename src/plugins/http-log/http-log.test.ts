import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { sampleCall } from "../../../tests/fixtures/sample-call.ts";
import { createProcessState } from "../../gateway/create-process-state.ts";
import type { Plugin } from "../define-plugin.ts";
import { httpLog } from "./http-log.ts";

interface Delivery {
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
}

const processState = createProcessState();
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A receiver that answers the given statuses in turn, then 200. */
function receiver(statuses: readonly number[] = []) {
  const deliveries: Delivery[] = [];
  const left = [...statuses];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { method, headers } = request;
      deliveries.push({ method, headers, body: await request.json() });
      return new Response("ok", { status: left.shift() ?? 200, headers: { location: "/other" } });
    },
  });
  cleanups.push(() => void server.stop(true));
  return { deliveries, endpoint: `http://127.0.0.1:${server.port}/logs` };
}

function plugin(config: Record<string, unknown>): Plugin {
  return httpLog.create(httpLog.options.parse(config), { id: "test", scope: {}, processState });
}

function quiet() {
  const spy = spyOn(console, "error").mockImplementation(() => {});
  cleanups.push(() => spy.mockRestore());
  return spy;
}

describe("http-log", () => {
  test("sends one record as an object", async () => {
    const { deliveries, endpoint } = receiver();
    const log = plugin({ http_endpoint: endpoint, method: "PUT", headers: { "x-team": "a" } });
    log.log?.(sampleCall());
    await log.close?.();
    expect(deliveries).toHaveLength(1);
    expect(deliveries[0]?.method).toBe("PUT");
    expect(deliveries[0]?.headers.get("content-type")).toBe("application/json");
    expect(deliveries[0]?.headers.get("x-team")).toBe("a");
    expect(deliveries[0]?.body).toMatchObject({ request: { id: "5c1d2f00aa" } });
  });

  test("sends a batch as an array", async () => {
    const { deliveries, endpoint } = receiver();
    const log = plugin({ http_endpoint: endpoint, queue: { max_batch_size: 3 } });
    for (let call = 0; call < 7; call += 1) log.log?.(sampleCall());
    await log.close?.();
    const sizes = deliveries.map(({ body }) => (Array.isArray(body) ? body.length : "object"));
    expect(sizes).toEqual([3, 3, "object"]);
  });

  test("retries what is not 2xx, redirects included, and says so once", async () => {
    const errors = quiet();
    const { deliveries, endpoint } = receiver([503, 302, 400]);
    const log = plugin({ http_endpoint: endpoint, queue: { initial_retry_delay: 0.001 } });
    log.log?.(sampleCall());
    await log.close?.();
    expect(deliveries).toHaveLength(4);
    const origin = new URL(endpoint).origin;
    expect(errors.mock.calls.flat()).toEqual([
      `dragoman: http-log test (${origin}): cannot deliver: the receiver answered 503`,
      `dragoman: http-log test (${origin}): delivering again`,
    ]);
  });

  test("a batch that no retry may save is dropped and counted", async () => {
    quiet();
    const { endpoint } = receiver([500]);
    const log = plugin({ http_endpoint: endpoint, retry_count: 0 });
    log.log?.(sampleCall());
    await log.close?.();
    expect(processState.metrics.text()).toContain(
      'dragoman_log_entries_dropped_total{sink="http-log",reason="undeliverable"} 1\n',
    );
  });

  test("user and password become Basic credentials and are never printed", async () => {
    const errors = quiet();
    const { deliveries, endpoint } = receiver([500]);
    const withUser = endpoint.replace("http://", "http://ada:p%40ss@");
    const log = plugin({ http_endpoint: withUser, queue: { initial_retry_delay: 0.001 } });
    log.log?.(sampleCall());
    await log.close?.();
    expect(deliveries[1]?.headers.get("authorization")).toBe(`Basic ${btoa("ada:p@ss")}`);
    expect(errors.mock.calls.flat().join()).not.toContain("p%40ss");
  });

  test("gives up an answer that takes longer than the timeout", async () => {
    quiet();
    let asked = 0;
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        asked += 1;
        return asked === 1 ? new Promise<Response>(() => {}) : new Response();
      },
    });
    cleanups.push(() => void server.stop(true));
    const log = plugin({ http_endpoint: `http://127.0.0.1:${server.port}/`, timeout: 20 });
    log.log?.(sampleCall());
    await log.close?.();
    expect(asked).toBe(2);
  });
});

describe("the configuration of http-log", () => {
  const minimal = { http_endpoint: "http://logs.test/in" };
  const messages = (config: unknown) =>
    httpLog.options.safeParse(config).error?.issues.map((issue) => issue.message);

  test("has the reference's defaults", () => {
    expect(httpLog.options.parse(minimal)).toEqual({
      http_endpoint: "http://logs.test/in",
      method: "POST",
      content_type: "application/json",
      timeout: 10_000,
      keepalive: 60_000,
      headers: {},
      ssl_verify: true,
      custom_fields_by_lua: {},
      queue: {
        max_batch_size: 1,
        max_coalescing_delay: 1,
        max_entries: 10_000,
        max_bytes: 33_554_432,
        max_retry_time: 60,
        initial_retry_delay: 0.01,
        max_retry_delay: 60,
        concurrency_limit: 1,
      },
    });
  });

  test("takes a whole configuration, deprecated keys and references included", () => {
    expect(
      messages({
        http_endpoint: "{vault://env/log-endpoint}",
        content_type: "application/json; charset=utf-8",
        headers: { authorization: "{vault://env/log-token}" },
        ssl_verify: false,
        queue: { max_bytes: 1000, concurrency_limit: -1, max_retry_time: -1 },
        retry_count: 10,
        queue_size: 5,
        flush_timeout: 2,
      }),
    ).toBeUndefined();
  });

  test.each([
    [{ http_endpoint: "ftp://logs.test" }, "must be an http or https URL with a host"],
    [{ ...minimal, headers: { Host: "x" } }, "cannot contain 'host' header"],
    [
      { ...minimal, headers: { "Content-Type": "x" } },
      "cannot contain 'content-type' header, use 'config.content_type' instead",
    ],
    [
      { http_endpoint: "http://a:b@logs.test/", headers: { Authorization: "x" } },
      "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed",
    ],
    [
      { ...minimal, client_certificate: { id: "c" } },
      "client certificates are not supported for http-log; remove client_certificate",
    ],
  ])("refuses %j", (config, message) => {
    expect(messages(config)).toEqual([message]);
  });

  test("a deprecated queue size makes batches", async () => {
    const { deliveries, endpoint } = receiver();
    const log = plugin({ http_endpoint: endpoint, queue_size: 2, flush_timeout: 0 });
    log.log?.(sampleCall());
    log.log?.(sampleCall());
    await log.close?.();
    expect(deliveries.map(({ body }) => Array.isArray(body))).toEqual([true]);
  });
});
