import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { TABLE_PROVIDERS } from "../../conformance/table/providers.ts";
import { ask, openai, proxies, startGateway } from "../../gateway.ts";

/** What every error in OpenAI's dialect holds, and every answer's id. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const textOrNull = (value: unknown) => value === null || typeof value === "string";

interface ErrorBody {
  readonly error: Readonly<Record<string, unknown>>;
}

function expectMembers({ error }: ErrorBody): void {
  expect(typeof error["message"]).toBe("string");
  for (const name of ["type", "param", "code"]) {
    expect([name, name in error && textOrNull(error[name])]).toEqual([name, true]);
  }
}

describe("an error in the client's dialect", () => {
  const rows = TABLE_PROVIDERS.flatMap((provider) =>
    ["400", "404", "422", "429", "500", "503", "html-502", "context-length"].map(
      (fault) => [fault, provider.label, provider] as const,
    ),
  );
  test.each(rows)("%s of %s has message, type, param and code", async (fault, _, provider) => {
    await using gateway = await startGateway(
      proxies({
        route_type: "llm/v1/chat",
        auth: { header_name: "Authorization", header_value: "Bearer lab" },
        model: { name: provider.model, ...provider.target(`${lab.url}/lab/${fault}`) },
        error_format: "openai",
      }),
    );
    const answer = await gateway.post("/ai", { messages: [{ role: "user", content: "Hello" }] });
    const body = (await answer.json()) as ErrorBody;
    expectMembers(body);
    if (fault === "context-length") expect(body.error.code).toBe("context_length_exceeded");
  });

  test.each(["deepseek", "xai", "cerebras"])("a prompt too long for %s", async (type) => {
    const key = { type, key: "k", url: `${lab.url}/${type}/v1` };
    await using gateway = await startGateway({ providers: { own: key } });
    const answer = await gateway.post("/v1/chat/completions", ask("own/lab/context-length"));
    const body = (await answer.json()) as ErrorBody;
    expect([answer.status, body.error.code]).toEqual([400, "context_length_exceeded"]);
    expectMembers(body);
  });

  test.each([
    [
      { object: "error", error: { message: "no", type: "BadRequestError", code: 400 } },
      { code: "400", param: null, type: "BadRequestError", message: "no" },
    ],
    [
      { error: { message: "no", code: 429, metadata: { raw: "x" } } },
      { code: "429", param: null, type: "invalid_request_error", metadata: { raw: "x" } },
    ],
    [
      { error: { message: "no", type: null, param: null, code: null } },
      { type: null, param: null, code: null },
    ],
  ])("a body of an imitator is completed, and keeps what else it says: %j", async (said, told) => {
    await using upstream = answering(said);
    const work = { type: "vllm", url: upstream.url };
    await using gateway = await startGateway({ providers: { work } });
    const answer = await gateway.post("/v1/chat/completions", ask("work/m"));
    const body = (await answer.json()) as ErrorBody;
    expectMembers(body);
    expect(body.error).toMatchObject(told);
  });

  test("a body that lacks nothing stays as it came, to the byte", async () => {
    const said = '{"error" : {"message":"no","type":"x","param":null,"code":"y", "more":1}}';
    await using upstream = answering(said);
    await using gateway = await startGateway({
      providers: { work: { type: "vllm", url: upstream.url } },
    });
    const answer = await gateway.post("/v1/chat/completions", ask("work/m"));
    expect(await answer.text()).toBe(said);
  });
});

function answering(body: object | string) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(text, { status: 400, headers: { "content-type": "application/json" } }),
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

describe("x-request-id", () => {
  const config = () =>
    proxies(openai(lab.url), {
      ...openai(lab.url),
      path: "/refused",
      auth: {},
      response_streaming: "deny",
    });

  test("is the gateway's on every answer, and the vendor's has another name", async () => {
    await using gateway = await startGateway(config());
    const whole = await gateway.post("/ai", ask("lab/echo"));
    expect(whole.headers.get("x-upstream-request-id")).toStartWith("req_");
    const answers = [
      whole,
      await gateway.post("/ai", ask("lab/echo", { stream: true })),
      await gateway.post("/ai", ask("lab/500")),
      await gateway.post("/ai", ask("lab/reset-before-headers")),
      await gateway.post("/ai", "no JSON"),
      await gateway.post("/refused", ask("lab/echo", { stream: true })),
      await gateway.post("/nowhere", {}),
      await fetch(`${gateway.url}/ai`, { method: "TRACE" }).catch(() => whole),
    ];
    for (const answer of answers) {
      await answer.text().catch(() => "");
      expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
      expect(answer.headers.get("x-request-id")).toBe(answer.headers.get("x-kong-request-id"));
    }
  });

  test("of a plain service is its own where it has one", async () => {
    await using upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) =>
        new Response("", { headers: url.endsWith("own") ? { "x-request-id": "theirs" } : {} }),
    });
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [
        {
          name: "s",
          url: `http://127.0.0.1:${upstream.port}`,
          routes: [{ name: "r", paths: ["/"] }],
        },
      ],
    });
    const own = await fetch(`${gateway.url}/own`);
    const none = await fetch(`${gateway.url}/none`);
    expect(own.headers.get("x-request-id")).toBe("theirs");
    expect(none.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
  });
});
