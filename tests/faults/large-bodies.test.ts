import { afterAll, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import net from "node:net";
import { bodyBudget } from "../../src/gateway/call/body-budget.ts";
import { LARGE_BODY_BYTES } from "../../src/gateway/request/large-body.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, type ProxyOptions, proxies, startGateway } from "../gateway.ts";

const LARGE = "x".repeat(LARGE_BODY_BYTES);
const NO_LIMIT = { max_request_body_size: 0 };

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const anthropic = (url: string): ProxyOptions => ({
  ...openai(url, NO_LIMIT),
  model: {
    provider: "anthropic",
    options: { upstream_url: `${url}/v1/messages`, anthropic_version: "2023-06-01", max_tokens: 9 },
  },
});

describe("a large body", () => {
  test.each([
    ["as it came", (url: string) => openai(url, NO_LIMIT), { model: "m", messages: [] }],
    ["translated", anthropic, { model: "m" }],
  ])("is never parsed or written on the main thread: %s", async (_what, target, expected) => {
    const received = Promise.withResolvers<unknown>();
    await using upstream = Bun.serve({
      port: 0,
      async fetch(request) {
        received.resolve(await request.text());
        return new Response("{}", { status: 400 });
      },
    });
    const config = proxies(target(upstream.url.origin));
    await using gateway = await startGateway(config);
    const body = JSON.stringify(ask("m", { messages: [{ role: "user", content: LARGE }] }));
    const [parse, stringify] = [spyOn(JSON, "parse"), spyOn(JSON, "stringify")];
    await (await gateway.post("/ai", body)).text();
    const lengths = [
      ...parse.mock.calls.map(([text]) => String(text).length),
      ...stringify.mock.results.map(({ value }) => String(value).length),
    ];
    for (const spy of [parse, stringify]) spy.mockRestore();
    expect(lengths.length).toBeGreaterThan(0);
    expect(Math.max(...lengths)).toBeLessThan(10_000);
    const sent = JSON.parse(String(await received.promise));
    expect(sent).toMatchObject({ ...expected, messages: [{ role: "user" }] });
    expect(JSON.stringify(sent)).toContain(LARGE);
  });

  test("goes on byte for byte where nothing has to be changed", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url, NO_LIMIT)));
    const body = `{ "model": "lab/plain",  "messages": [{"role":"user","content":"${LARGE}é"}] }`;
    expect((await gateway.post("/ai", body)).status).toBe(200);
    expect(lab.requests[0]?.body).toBe(body);
  });

  test("is streamed an answer, and its tokens are estimated", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url, NO_LIMIT)));
    const more = { stream: true, messages: [{ role: "user", content: `${LARGE} two three` }] };
    const response = await gateway.post("/ai", ask("lab/plain", more));
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
    expect((await gateway.record()).ai).toBeDefined();
  });

  test("asks another target, anew, when the first gives no answer", async () => {
    const target = (model: string) => ({
      ...openai(lab.url),
      model: {
        provider: "openai",
        name: model,
        options: { upstream_url: `${lab.url}/v1/chat/completions` },
      },
    });
    await using gateway = await startGateway({
      _format_version: "3.0",
      routes: [{ name: "r", paths: ["/ai"] }],
      plugins: [
        {
          name: "ai-proxy-advanced",
          config: {
            ...NO_LIMIT,
            balancer: { failover_criteria: ["http_503", "non_idempotent"] },
            targets: [target("lab/503"), target("lab/503"), target("lab/plain")],
          },
        },
      ],
    });
    const { model: _, ...question } = ask("", { user: LARGE });
    expect((await gateway.post("/ai", question)).status).toBe(200);
    const models = lab.requests.map(({ body }) => JSON.parse(body).model);
    expect(models).toEqual(["lab/503", "lab/503", "lab/plain"]);
    for (const { body } of lab.requests) expect(body).toContain(LARGE);
  });

  test.each([
    [
      "no JSON",
      `${JSON.stringify({ user: LARGE })}}`,
      "content-type header does not match request body, or bad JSON formatting",
    ],
    [
      "no prompt",
      JSON.stringify({ model: "m", user: LARGE }),
      "request body doesn't contain valid prompts",
    ],
    ["wrong messages", JSON.stringify({ model: "m", messages: [7], user: LARGE }), "messages[0]"],
  ])("is refused as a small one is: %s", async (_what, body, message) => {
    await using gateway = await startGateway(proxies(anthropic(lab.url)));
    const response = await gateway.post("/ai", body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain(message);
    expect(lab.requests).toHaveLength(0);
  });

  test("can be looked at and changed by plugins", async () => {
    const config = proxies(openai(lab.url, NO_LIMIT)) as { plugins?: object[] };
    const plugin = (name: string, options: object) => ({
      name,
      config: { ...NO_LIMIT, ...options },
    });
    config.plugins = [
      plugin("ai-prompt-guard", { deny_patterns: ["forbidden"] }),
      plugin("ai-prompt-decorator", {
        prompts: { prepend: [{ role: "system", content: "brief" }] },
      }),
    ];
    await using gateway = await startGateway(config);
    const question = (content: string) =>
      ask("lab/plain", { messages: [{ role: "user", content }] });
    expect((await gateway.post("/ai", question(`${LARGE} forbidden`))).status).toBe(400);
    expect((await gateway.post("/ai", question(LARGE))).status).toBe(200);
    expect(lab.requests).toHaveLength(1);
    expect(JSON.parse(lab.requests[0]?.body ?? "").messages[0].content).toBe("brief");
  });

  test("is logged where payloads are", async () => {
    const logging = { log_statistics: true, log_payloads: true };
    await using gateway = await startGateway(proxies(openai(lab.url, { ...NO_LIMIT, logging })));
    await gateway.post("/ai", ask("lab/plain", { user: LARGE }));
    expect(JSON.stringify(await gateway.record())).toContain(LARGE.slice(0, 100));
  });

  test("gives its room to others once it was sent, though its answer goes on", async () => {
    const first = Promise.withResolvers<void>();
    await using upstream = Bun.serve({
      port: 0,
      async fetch(request) {
        await request.bytes();
        const event = (delta: object, finish_reason: string | null) =>
          `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
        async function* events() {
          yield event({ role: "assistant", content: "a" }, null);
          await first.promise;
          yield event({}, "stop");
          yield "data: [DONE]\n\n";
        }
        return new Response(events(), { headers: { "content-type": "text/event-stream" } });
      },
    });
    const budget = bodyBudget(64 * 1024 * 1024);
    await using gateway = await startGateway(proxies(openai(upstream.url.origin, NO_LIMIT)), {
      processState: { bodyBudget: budget },
    });
    const response = await gateway.post("/ai", ask("m", { user: LARGE, stream: true }));
    expect(response.status).toBe(200);
    expect(gateway.server.inFlight).toBe(1);
    expect(budget.heldBytes).toBe(0);
    first.resolve();
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
    await gateway.record();
    expect(budget.heldBytes).toBe(0);
  });

  test("is given up by a client that leaves while others wait, and holds nothing after that", async () => {
    const budget = bodyBudget(64 * 1024 * 1024);
    await using gateway = await startGateway(proxies(openai(lab.url, NO_LIMIT)), {
      processState: { bodyBudget: budget },
    });
    const body = JSON.stringify(ask("lab/stall-headers", { user: LARGE }));
    const head = `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
    const sockets = Array.from({ length: 6 }, () => {
      const socket = net.connect(gateway.port, "127.0.0.1");
      socket.write(head + body);
      return socket;
    });
    await lab.waitForRequest();
    for (const socket of sockets) socket.destroy();
    await gateway.record(sockets.length);
    expect(budget.heldBytes).toBe(0);
  });
});
