import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHttpServer } from "../../src/lab/http/server.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { openai, proxies, startGateway } from "../gateway.ts";
import { startProcess } from "../process.ts";
import { SELF_SIGNED } from "./self-signed.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const ask = (content = "Say hello.", model = "lab/echo", more = {}) => ({
  model,
  messages: [{ role: "user", content }],
  ...more,
});
const at = (url: string) => ({ model: { provider: "openai", options: { upstream_url: url } } });

describe("connections to an upstream", () => {
  test("one carries call after call, streamed or not", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    for (let call = 0; call < 10; call++) {
      const answer = await gateway.post("/ai", ask("a", "lab/echo", { stream: call % 2 === 1 }));
      expect(answer.status).toBe(200);
      await answer.text();
    }
    expect(new Set(lab.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  test("calls at the same time have one each", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => gateway.post("/ai", ask("a", "lab/slow-1+echo"))),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    for (const answer of answers) expect(await answer.text()).toContain('"a"');
  });

  test("a question of megabytes arrives whole, though no system takes it at once", async () => {
    const words = "word ".repeat(2_000_000);
    await using gateway = await startGateway(
      proxies(openai(lab.url, { max_request_body_size: 0 })),
    );
    const answer = await gateway.post("/ai", ask(words));
    expect(answer.status).toBe(200);
    expect(lab.requests[0]?.body).toContain(words);
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    expect(choices[0]?.message.content.length).toBeGreaterThan(9_000_000);
  });

  test("a client that reads nothing makes the upstream wait", async () => {
    let written = 0;
    const piece = `data: ${JSON.stringify({
      id: "1",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta: { content: "x".repeat(60_000) }, finish_reason: null }],
    })}\n\n`;
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              written += piece.length;
              controller.enqueue(new TextEncoder().encode(piece));
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        ),
    });
    try {
      const url = `http://127.0.0.1:${upstream.port}/v1/chat/completions`;
      await using gateway = await startGateway(proxies(openai(lab.url, at(url))));
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: gateway.port,
        socket: { data: () => undefined },
      });
      // The types do not know that sockets can be paused.
      (socket as unknown as { pause(): void }).pause();
      const body = JSON.stringify(ask("a", "m", { stream: true }));
      socket.write(
        `POST /ai HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      let before = -1;
      while (written !== before || written === 0) {
        before = written;
        await Bun.sleep(150);
      }
      // Buffers of three systems and our own; a stream that nobody held would have no end.
      expect(written).toBeLessThan(24 * 1024 * 1024);
      socket.terminate();
    } finally {
      await upstream.stop(true);
    }
  });
});

describe("an upstream's certificate", () => {
  const folder = mkdtempSync(join(tmpdir(), "dragoman-ca-"));
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, SELF_SIGNED.cert);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is trusted for the name that it is for, and for no other", async () => {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: SELF_SIGNED,
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        return fetch(lab.url + pathname, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: await request.text(),
        });
      },
    });
    try {
      const target = (host: string) =>
        openai(lab.url, at(`https://${host}:${upstream.port}/v1/chat/completions`));
      await using gateway = await startProcess(
        proxies(
          { ...target("localhost"), path: "/named" },
          { ...target("127.0.0.1"), path: "/other" },
        ),
        { env: { NODE_EXTRA_CA_CERTS: authority } },
      );
      for (let call = 0; call < 3; call++) {
        const named = await gateway.post(ask(), {}, "/named");
        expect([named.status, await named.text()]).toEqual([
          200,
          expect.stringContaining("Say hello."),
        ]);
      }
      const other = await gateway.post(ask(), {}, "/other");
      expect([other.status, await other.json()]).toMatchObject([
        502,
        { error: { code: "upstream_tls" } },
      ]);
    } finally {
      await upstream.stop(true);
    }
  });
});

test("an answer that has a coding and no body is an answer", async () => {
  const upstream = await startHttpServer({
    port: 0,
    hostname: "127.0.0.1",
    answer: () => [
      {
        do: "send",
        bytes: new TextEncoder().encode(
          "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\n",
        ),
      },
    ],
  });
  try {
    const url = `http://127.0.0.1:${upstream.port}`;
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [{ name: "s", url, routes: [{ name: "r", paths: ["/plain"] }] }],
    });
    const answer = await fetch(`${gateway.url}/plain`, { method: "HEAD" });
    expect(answer.status).toBe(200);
    await gateway.record(1);
  } finally {
    await upstream.stop();
  }
});
