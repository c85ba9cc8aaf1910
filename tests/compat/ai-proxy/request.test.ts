import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, type ProxyOptions, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const options = (over: object = {}) => ({
  upstream_url: `${lab.url}/v1/chat/completions`,
  ...over,
});
const model = (over: object = {}, more: object = {}) => ({
  provider: "openai",
  options: options(more),
  ...over,
});

/** One call through one ai-proxy: status, JSON answer, and the JSON that went upstream. */
async function call(over: ProxyOptions, body: unknown, init: BunFetchRequestInit = {}) {
  await using gateway = await startGateway(proxies(openai(lab.url, over)));
  const response = await gateway.post("/ai", body, init);
  const text = await response.text();
  const sent = lab.requests.at(-1)?.body;
  return {
    status: response.status,
    headers: response.headers,
    text,
    answer: text.startsWith("{") ? JSON.parse(text) : undefined,
    sent: sent === undefined ? undefined : JSON.parse(sent),
  };
}

async function refusal(over: ProxyOptions, body: unknown, init: BunFetchRequestInit = {}) {
  const { status, headers, answer } = await call(over, body, init);
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(answer.request_id).toBe(headers.get("x-kong-request-id"));
  expect(lab.requests).toHaveLength(0);
  return [status, answer.error.message];
}

const NOT_JSON = "content-type header does not match request body, or bad JSON formatting";
const NO_PROMPTS = "request body doesn't contain valid prompts";

describe("content types of a chat", () => {
  const CHAT = new TextEncoder().encode(JSON.stringify(ask("lab/echo")));

  test.each([
    ["none", undefined],
    ["JSON", "application/json"],
    ["JSON with parameters", "application/json; charset=utf-8"],
    ["JSON of a kind", "application/vnd.api+json"],
    ["what curl -d says", "application/x-www-form-urlencoded"],
  ])("%s", async (_what, type) => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const headers = type === undefined ? {} : { "content-type": type };
    const init = { method: "POST", body: CHAT, headers };
    const response = await fetch(`${gateway.url}/ai`, init);
    expect(response.status).toBe(200);
    expect(lab.requests[0]?.headers.get("content-type")).toBe("application/json");
    expect(lab.requests[0]?.body).toBe(new TextDecoder().decode(CHAT));
  });

  test.each(["text/plain", "multipart/form-data; boundary=x", "application/octet-stream"])(
    "%s is none",
    async (type) => {
      const init = { headers: { "content-type": type } };
      expect(await refusal({}, ask("m"), init)).toEqual([400, NOT_JSON]);
    },
  );
});

describe("bodies without a prompt", () => {
  test.each([
    ["bad JSON", "{", NOT_JSON],
    ["nothing", "", NOT_JSON],
    ["a form", "messages=hello", NOT_JSON],
    ["an empty object", {}, NO_PROMPTS],
    ["no messages", { model: "m", messages: [] }, NO_PROMPTS],
    ["messages that are no list", { messages: "hello" }, NO_PROMPTS],
    ["an empty list of prompts", { prompt: [] }, NO_PROMPTS],
  ])("%s", async (_what, body, message) => {
    expect(await refusal({}, body)).toEqual([400, message]);
  });

  test("any method is posted", async () => {
    const { status } = await call({}, ask("lab/echo"), { method: "PUT" });
    expect(status).toBe(200);
    expect(lab.requests[0]?.method).toBe("POST");
  });
});

describe("max_request_body_size", () => {
  const body = JSON.stringify(ask("lab/echo"));
  const size = Buffer.byteLength(body);

  /** In two pieces and without a length. */
  async function* inChunks() {
    yield new TextEncoder().encode(body.slice(0, 5));
    yield new TextEncoder().encode(body.slice(5));
  }

  test("the limit itself is allowed, a byte more is refused", async () => {
    expect((await call({ max_request_body_size: size }, body)).status).toBe(200);
    lab.reset();
    const limit = size - 1;
    const message = `request body too large: ${size} > ${limit}`;
    expect(await refusal({ max_request_body_size: limit }, body)).toEqual([413, message]);
  });

  test("however it is sent", async () => {
    for (const [limit, status] of [
      [size, 200],
      [size - 1, 413],
    ]) {
      await using gateway = await startGateway(
        proxies(openai(lab.url, { max_request_body_size: limit })),
      );
      const init = { method: "POST", body: inChunks() };
      const response = await fetch(`${gateway.url}/ai`, init as BunFetchRequestInit);
      expect(response.status).toBe(status ?? 0);
    }
  });

  test("is no limit, and 1 MiB the default", async () => {
    const large = ask("lab/echo+lenient", { user: "u".repeat(1_100_000) });
    expect((await call({ max_request_body_size: 0 }, large)).status).toBe(200);
    lab.reset();
    const [status, message] = await refusal({}, large);
    expect(status).toBe(413);
    expect(message).toEndWith(" > 1048576");
  });
});

describe("a configured model", () => {
  const pinned = () => ({ model: model({ name: "lab/echo" }) });
  const MESSAGE = "cannot use own model - must be: lab/echo";

  test.each(["application/json", "application/x-www-form-urlencoded", "application/a+json"])(
    "cannot be changed by a body of type %s",
    async (type) => {
      const init = { headers: { "content-type": type } };
      expect(await refusal(pinned(), ask("gpt-5"), init)).toEqual([400, MESSAGE]);
    },
  );

  test("may be named", async () => {
    const { status, sent } = await call(pinned(), ask("lab/echo"));
    expect([status, sent.model]).toEqual([200, "lab/echo"]);
  });

  test.each([[null], [5], [true], [""], [{}], [[]]])("%j is no other model", async (written) => {
    const { status, sent } = await call(pinned(), { ...ask(""), model: written });
    expect([status, sent.model]).toEqual([200, "lab/echo"]);
  });

  test("need not be named", async () => {
    const { messages } = ask("");
    const { status, sent } = await call(pinned(), { messages });
    expect([status, sent.model]).toEqual([200, "lab/echo"]);
  });

  test("is called by its alias and sent by its name", async () => {
    const over = { model: model({ name: "lab/echo", model_alias: "house" }) };
    const { status, sent, headers } = await call(over, ask("house"));
    expect([status, sent.model]).toEqual([200, "lab/echo"]);
    expect(headers.get("x-kong-llm-model")).toBe("openai/lab/echo");
    lab.reset();
    expect(await refusal(over, ask("other"))).toEqual([400, MESSAGE]);
  });
});

describe("no configured model", () => {
  test("ten models in ten calls at once stay apart", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const models = Array.from({ length: 10 }, (_, index) => `lab/echo+slow-${index + 1}`);
    const answers = await Promise.all(
      models.map(async (name) => {
        const response = await gateway.post("/ai", ask(name));
        const { model: answered } = (await response.json()) as { model: string };
        return [answered, response.headers.get("x-kong-llm-model")];
      }),
    );
    expect(answers).toEqual(models.map((name) => [name, `openai/${name}`]));
  });

  test.each([[undefined], [null], [5], [""]])("and none in the request: %j", async (written) => {
    const message = "model parameter not found in request, nor in gateway configuration";
    expect(await refusal({}, { ...ask(""), model: written })).toEqual([400, message]);
  });
});

describe("templates", () => {
  const templated = () => ({
    model: model(
      { name: "lab/$(headers.x-trait)" },
      { upstream_url: `${lab.url}/v1/$(query_params.a)/$(query_params.b)` },
    ),
  });

  test("in the name and in nested options, several in one", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url, templated())));
    const init = { headers: { "x-trait": "echo" } };
    const { messages } = ask("");
    const response = await gateway.post("/ai?a=chat&b=completions", { messages }, init);
    expect(response.status).toBe(200);
    expect(lab.requests[0]?.path).toBe("/v1/chat/completions");
    expect(lab.requests[0]?.body).toContain('"model":"lab/echo"');
  });

  test("from the groups of a route's path", async () => {
    const over = {
      path: "~/ask/(?<trait>[a-z]+)$",
      model: model({ name: "lab/$(uri_captures.trait)" }),
    };
    await using gateway = await startGateway(proxies(openai(lab.url, over)));
    const response = await gateway.post("/ask/echo", ask(""));
    expect([response.status, lab.requests[0]?.body]).toEqual([
      200,
      expect.stringContaining('"model":"lab/echo"'),
    ]);
  });

  test.each([
    ["$(headers.x-absent)", "headers key x-absent was not provided"],
    ["$(query_params.q)", "query_params key q was not provided"],
    ["$(uri_captures.uri_cap_3)", "uri_captures key uri_cap_3 was not provided"],
    ["$(cookies.a)", "source 'cookies' is not supported"],
    ["$(headers)", "cannot parse expression for field '$(headers)'"],
  ])("%s", async (name, message) => {
    expect(await refusal({ model: model({ name }) }, ask("m"))).toEqual([400, message]);
  });
});

describe("what a request is", () => {
  const both = { model: "m", messages: [{ role: "user", content: "a" }], prompt: "b" };
  const completions = { route_type: "llm/v1/completions" };

  test("it is not two things", async () => {
    const message = "request matches multiple LLM request formats";
    expect(await refusal({}, both)).toEqual([400, message]);
    expect(await refusal(completions, both)).toEqual([400, message]);
  });

  test("it is what the route is for", async () => {
    expect(await refusal({}, { model: "m", prompt: "b" })).toEqual([
      400,
      "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type",
    ]);
    expect(await refusal(completions, ask("m"))).toEqual([
      400,
      "[llm/v1/chat] message format is not compatible with [llm/v1/completions] route type",
    ]);
  });

  test("the first check that fails is the answer", async () => {
    const over = { model: model({ name: "$(headers.x)" }), response_streaming: "deny" };
    const stream = { stream: true };
    const [, template] = await refusal(over, { model: "m", ...stream });
    expect(template).toBe("headers key x was not provided");
    const named = { model: model({ name: "n" }), response_streaming: "deny" };
    expect((await refusal(named, { model: "m", ...stream }))[1]).toBe(NO_PROMPTS);
    expect((await refusal(named, { ...both, ...stream }))[1]).toBe(
      "cannot use own model - must be: n",
    );
    expect((await refusal({ response_streaming: "deny" }, { ...both, ...stream }))[1]).toBe(
      "request matches multiple LLM request formats",
    );
  });
});

describe("values survive", () => {
  const ODD = `"metadata":{"empty":{}, "list":[], "nested":{"a":[{}],"b":{"c":[]}}},"x_big":9007199254740993,"x_small":-9223372036854775808,"x_float":1.0,"x_exp":1e400`;
  const body = `{ "model":"lab/echo+lenient","messages":[{"role":"user","content":"hi"}],${ODD} }`;

  test("byte for byte, where nothing changes", async () => {
    const { status } = await call({}, body);
    expect(status).toBe(200);
    expect(lab.requests[0]?.body).toBe(body);
  });

  test("value for value, where something does", async () => {
    const over = { model: model({ name: "lab/echo+lenient" }, { max_tokens: 5 }) };
    expect((await call(over, body)).status).toBe(200);
    const sent = lab.requests[0]?.body ?? "";
    expect(JSON.parse(sent)).toMatchObject({
      metadata: { empty: {}, list: [], nested: { a: [{}], b: { c: [] } } },
      max_tokens: 5,
    });
    for (const exact of ['"x_big":9007199254740993', '"x_small":-9223372036854775808']) {
      expect(sent).toContain(exact);
    }
  });

  test("members that nobody knows reach the vendor, and its own the client", async () => {
    const answer = `{"id":"1","object":"chat.completion","x_vendor":{"a":[],"b":{}},"x_big":9007199254740993,"choices":[{"index":0,"message":{"role":"assistant","content":"hi","x":1},"finish_reason":"stop"}]}`;
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(answer, { headers: { "content-type": "application/json" } }),
    });
    try {
      const url = `http://127.0.0.1:${upstream.port}/`;
      const { status, text } = await call({ model: model({}, { upstream_url: url }) }, ask("m"));
      expect([status, text]).toEqual([200, answer]);
    } finally {
      await upstream.stop(true);
    }
  });
});

describe("parts that Gemini cannot be told are refused in the reference's words", () => {
  test.each([
    [{ type: "odd" }, "cannot transform part of type 'odd' to Gemini format"],
    [{ type: "text" }, "message part type is 'text' but is missing .text block"],
    [
      { type: "image_url", image_url: {} },
      "message part type is 'image_url' but is missing .image_url.url block",
    ],
    [
      { type: "image_url", image_url: { url: "http://x" } },
      "could not decode OpenAI image-part, image URL is less than 10 bytes, which is not parsable",
    ],
  ])("%j", async (part, words) => {
    const messages = [{ role: "user", content: [{ type: "text", text: "look" }, part] }];
    const gemini = { provider: "gemini", name: "gemini-2.5-flash", options: {} };
    expect(await refusal({ model: gemini }, { messages })).toEqual([400, words]);
  });
});
