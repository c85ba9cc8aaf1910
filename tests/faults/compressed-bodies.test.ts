import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const LIMIT_BYTES = 10_000;
type Compress = (text: string) => Uint8Array<ArrayBuffer>;
const COMPRESS = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} satisfies Record<string, Compress>;
const CODINGS: readonly (readonly [string, Compress])[] = Object.entries(COMPRESS);

function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  coding: string,
  more: object = {},
) {
  const headers = { "content-type": "application/json", "content-encoding": coding, ...more };
  return fetch(url, { method: "POST", headers, body });
}

const QUESTION = JSON.stringify(ask("lab/echo", { user: "wörter" }));

describe("a compressed request for a model", () => {
  const NAMES = [
    ...CODINGS,
    ["GZIP", gzipSync],
    ["identity", Buffer.from],
  ] satisfies typeof CODINGS;
  test.each(NAMES)("%s is read, and goes on plain", async (coding, compress) => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await post(`${gateway.url}/ai`, compress(QUESTION), coding);
    expect(response.status).toBe(200);
    const [request] = lab.requests;
    expect(request?.body).toBe(QUESTION);
    expect(request?.headers.has("content-encoding")).toBe(false);
    expect(request?.headers.get("content-length")).toBe(String(Buffer.byteLength(QUESTION)));
  });

  test.each(["gzip, gzip", "gzip,br", "compress", "snappy", "gzip;q=1"])(
    "content-encoding %p is refused in the client's dialect",
    async (coding) => {
      await using gateway = await startGateway(proxies(openai(lab.url)));
      const response = await post(`${gateway.url}/ai`, gzipSync(QUESTION), coding);
      expect(response.status).toBe(415);
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message).toContain(`content-encoding '${coding}' is not read here`);
      expect(lab.requests).toHaveLength(0);
    },
  );

  test.each(CODINGS)("%s: what grows past the limit is refused", async (coding, compress) => {
    await using gateway = await startGateway(
      proxies(openai(lab.url, { max_request_body_size: LIMIT_BYTES })),
    );
    const bomb = compress(`{"model":"${"x".repeat(20_000_000)}"}`);
    const response = await post(`${gateway.url}/ai`, bomb, coding);
    expect(response.status).toBe(413);
    expect(lab.requests).toHaveLength(0);
  });

  test.each(CODINGS)(
    "%s: a body that is cut off, or none, is refused",
    async (coding, compress) => {
      await using gateway = await startGateway(proxies(openai(lab.url)));
      for (const body of [compress(QUESTION).subarray(0, -6), QUESTION]) {
        const response = await post(`${gateway.url}/ai`, body, coding);
        expect(response.status).toBe(400);
        const { error } = (await response.json()) as { error: { message: string } };
        expect(error.message).toBe(
          "the request body is not what its content-encoding says, or ends too soon",
        );
      }
      expect(lab.requests).toHaveLength(0);
    },
  );
});

describe("a compressed request for a plain service", () => {
  const plugin = (name: string, config: object) => ({ plugins: [{ name, config }] });
  const service = (more: object = {}) => ({
    _format_version: "3.0",
    services: [
      { name: "plain", url: lab.url, routes: [{ name: "all", paths: ["/lab"] }], ...more },
    ],
  });

  test("keeps its bytes and their coding", async () => {
    const received = Promise.withResolvers<{ coding: string | null; body: Uint8Array }>();
    await using upstream = Bun.serve({
      port: 0,
      async fetch(request) {
        const coding = request.headers.get("content-encoding");
        received.resolve({ coding, body: await request.bytes() });
        return new Response("ok");
      },
    });
    await using gateway = await startGateway(service({ url: upstream.url.origin }));
    const body = gzipSync(QUESTION);
    await post(`${gateway.url}/lab/anything`, body, "gzip, made-up");
    const { coding, body: sent } = await received.promise;
    expect(coding).toBe("gzip, made-up");
    expect(Buffer.compare(sent, body)).toBe(0);
  });

  test.each([
    ["looked at", plugin("ai-prompt-guard", { deny_patterns: ["forbidden"] })],
    [
      "rewritten",
      plugin("ai-prompt-decorator", { prompts: { prepend: [{ role: "system", content: "s" }] } }),
    ],
  ])("goes on plain where it was %s", async (_what, more) => {
    await using gateway = await startGateway(service(more));
    const response = await post(`${gateway.url}/lab/anything`, gzipSync(QUESTION), "gzip");
    expect(response.status).toBe(200);
    const [request] = lab.requests;
    expect(JSON.parse(request?.body ?? "")).toMatchObject({ model: "lab/echo", user: "wörter" });
    expect(request?.headers.has("content-encoding")).toBe(false);
  });

  test("cannot hide what a guard looks for", async () => {
    await using gateway = await startGateway(
      service(plugin("ai-prompt-guard", { deny_patterns: ["hello"] })),
    );
    const response = await post(`${gateway.url}/lab/anything`, gzipSync(QUESTION), "gzip");
    expect(response.status).toBe(400);
    expect(lab.requests).toHaveLength(0);
  });
});

describe("a compressed request that is passed on to a provider", () => {
  const preserved = (model: object) =>
    proxies(
      openai(lab.url, {
        path: "/",
        route_type: "preserve",
        model: { provider: "openai", options: { upstream_url: lab.url }, ...model },
      }),
    );
  const form = (model: string) =>
    `--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--edge--\r\n`;
  const multipart = { "content-type": "multipart/form-data; boundary=edge" };

  test("goes on plain where it was read", async () => {
    await using gateway = await startGateway(preserved({}));
    const response = await post(`${gateway.url}/anything`, gzipSync(QUESTION), "gzip");
    expect(response.status).toBe(200);
    const [request] = lab.requests;
    expect(request?.body).toBe(QUESTION);
    expect(request?.headers.has("content-encoding")).toBe(false);
  });

  test("keeps its bytes where nobody looks into them", async () => {
    await using gateway = await startGateway(preserved({}));
    const body = gzipSync(form("other"));
    await post(`${gateway.url}/anything`, body, "gzip", multipart);
    const [request] = lab.requests;
    expect(request?.headers.get("content-encoding")).toBe("gzip");
  });

  test("names no model but the configured one", async () => {
    await using gateway = await startGateway(preserved({ name: "lab/echo" }));
    for (const [body, more] of [
      [JSON.stringify(ask("lab/plain")), {}],
      [form("other"), multipart],
    ] as const) {
      const response = await post(`${gateway.url}/anything`, gzipSync(body), "gzip", more);
      expect(response.status).toBe(400);
    }
    expect(lab.requests).toHaveLength(0);
  });
});
