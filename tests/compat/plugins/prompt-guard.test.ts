import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, startGateway, textOf } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const guard = (config: object) => ({ name: "ai-prompt-guard", config });

function config(options: object, target: object = openai(lab.url)) {
  const plugins = [guard(options), { name: "ai-proxy", config: target }];
  const routes = [{ name: "ai", paths: ["/ai"], plugins }];
  return { _format_version: "3.0", services: [{ name: "s", url: "http://localhost:1", routes }] };
}

async function call(options: object, body: object | string, target?: object) {
  await using gateway = await startGateway(config(options, target));
  const response = await gateway.post("/ai", body);
  const record = await gateway.record();
  return { status: response.status, text: await response.text(), ai: record.ai };
}

const say = (...texts: readonly unknown[]) => ({
  model: "lab/echo",
  messages: texts.map((content) => ({ role: "user", content })),
});

const PASSED = 200;
const BLOCKED = 400;

describe("what is matched", () => {
  test.each<[string, object, object, number]>([
    ["a denied word", { deny_patterns: ["secret"] }, say("a secret"), BLOCKED],
    ["no denied word", { deny_patterns: ["secret"] }, say("a word"), PASSED],
    ["another case", { deny_patterns: ["secret"] }, say("a SECRET"), PASSED],
    ["any case", { deny_patterns: ["(?i)secret"] }, say("a SECRET"), BLOCKED],
    ["an allowed word", { allow_patterns: ["cats"] }, say("about cats"), PASSED],
    ["no allowed word", { allow_patterns: ["cats"] }, say("about dogs"), BLOCKED],
    ["one of several", { allow_patterns: ["cats", "dogs"] }, say("about dogs"), PASSED],
    [
      "both: denied wins",
      { allow_patterns: ["cats"], deny_patterns: ["dogs"] },
      say("cats, dogs"),
      BLOCKED,
    ],
    ["history counts", { deny_patterns: ["one"] }, say("one", "two"), BLOCKED],
    [
      "history left out",
      { deny_patterns: ["one"], allow_all_conversation_history: true },
      say("one", "two"),
      PASSED,
    ],
    [
      "text among images",
      { deny_patterns: ["secret"] },
      say([
        { type: "image_url", image_url: { url: "https://x.test/i.png" } },
        { type: "text", text: "secret" },
      ]),
      BLOCKED,
    ],
    [
      "U+200B by its bytes",
      { deny_patterns: ["\\xE2\\x80[\\x8B-\\x8D]"] },
      say("pass\u200bword"),
      BLOCKED,
    ],
    [
      "tag characters by their bytes",
      { deny_patterns: ["\\xF3\\xA0[\\x80\\x81][\\x80-\\xBF]"] },
      say("hi\u{e0061}"),
      BLOCKED,
    ],
    ["token ids", { deny_patterns: ["secret"] }, { prompt: [1, 2] }, BLOCKED],
    ["no prompt at all", { deny_patterns: ["secret"] }, { model: "lab/echo" }, BLOCKED],
    [
      "a prompt behind the guard's back",
      { deny_patterns: ["secret"] },
      { ...say("hi"), extra_body: { messages: [] } },
      BLOCKED,
    ],
  ])("%s", async (_name, options, body, expected) => {
    const { status, text } = await call(options, body);
    expect(status).toBe(expected);
    if (expected === PASSED) expect(lab.requests).toHaveLength(1);
    else {
      expect(lab.requests).toHaveLength(0);
      const { error } = JSON.parse(text) as { error: { message: string } };
      if (!text.includes("extra_body")) expect(error.message).toBe("bad request");
    }
  });

  test.each([
    ["as it comes", {}, "^three one $"],
    ["without history", { allow_all_conversation_history: true }, "^three$"],
    ["of all roles", { match_all_roles: true }, "^three two one $"],
  ])("vector: guard text, %s, newest first", async (_name, more, pattern) => {
    const { messages } = say("one", "two", "three");
    const talk = {
      model: "lab/echo",
      messages: messages.map((message, at) =>
        at === 1 ? { ...message, role: "assistant" } : message,
      ),
    };
    expect((await call({ deny_patterns: [pattern], ...more }, talk)).status).toBe(BLOCKED);
    expect((await call({ allow_patterns: [pattern], ...more }, talk)).status).toBe(PASSED);
  });

  const system = {
    model: "lab/echo",
    messages: [{ role: "system", content: "secret" }, ...say("hi").messages],
  };
  test.each([
    [{}, PASSED],
    [{ match_all_roles: true }, BLOCKED],
  ])("the system's words under %j: %d", async (more, expected) => {
    const { status } = await call({ deny_patterns: ["secret"], ...more }, system);
    expect(status).toBe(expected);
  });

  test("a completion's prompt", async () => {
    const target = openai(lab.url, { route_type: "llm/v1/completions" });
    const options = { deny_patterns: ["secret"] };
    expect((await call(options, { model: "lab/echo", prompt: "a secret" }, target)).status).toBe(
      400,
    );
    expect((await call(options, { model: "lab/echo", prompt: "a word" }, target)).status).toBe(200);
  });
});

describe("what is said of it", () => {
  test("the client is not told which plugin refused, the log is told why", async () => {
    const { text, ai } = await call({ deny_patterns: ["secret"] }, say("secret"));
    expect(JSON.parse(text)).toMatchObject({ error: { message: "bad request" } });
    expect(text).not.toContain("guard");
    expect(ai?.["ai-prompt-guard"]).toEqual({
      input_processing_latency: expect.any(Number),
      input_block_reason: "prompt pattern is blocked",
    });
    const unmatched = await call({ allow_patterns: ["cats"] }, say("dogs"));
    expect(unmatched.ai?.["ai-prompt-guard"]).toMatchObject({
      input_block_reason: "prompt doesn't match any allowed pattern",
    });
  });

  test.each([
    ["not JSON", "{", {}, 400, "request body is not valid JSON"],
    [
      "a body past the limit",
      say("x".repeat(200)),
      { max_request_body_size: 100 },
      413,
      "request body exceeds max_request_body_size",
    ],
  ])("%s", async (_name, body, more, status, message) => {
    const answer = await call({ deny_patterns: ["secret"], ...more }, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { message } });
  });

  test("the proxy's own limit holds too", async () => {
    const target = openai(lab.url, { max_request_body_size: 100 });
    const { status } = await call({ deny_patterns: ["s3"] }, say("x".repeat(200)), target);
    expect(status).toBe(413);
  });
});

describe("what cannot be is refused at load", () => {
  test.each<[object, string]>([
    [
      {},
      "at least one of these fields must be non-empty: 'config.allow_patterns', 'config.deny_patterns'",
    ],
    [{ deny_patterns: ["("] }, "invalid pattern: missing closing )"],
    [
      { deny_patterns: ["(a)\\1"] },
      "invalid pattern: a back reference cannot be searched in linear time",
    ],
    [{ deny_patterns: Array(11).fill("a") }, "length must be at most 10"],
    [{ deny_patterns: ["a".repeat(501)] }, "length must be at most 500"],
    [{ deny_patterns: [""] }, "length must be at least 1"],
    [
      { deny_patterns: ["a"], match_all_roles: true, allow_all_conversation_history: true },
      "failed conditional validation given value of field 'config.match_all_roles'",
    ],
    [
      { deny_patterns: ["a"], match_all_roles: true, allow_all_conversation_history: true },
      "value must be false",
    ],
  ])("%j", (options, message) => {
    expect(startGateway(config(options))).rejects.toThrow(message);
  });
});

describe("what passes is what was looked at", () => {
  test("a member that is written twice leaves once, as it was seen", async () => {
    const body =
      '{"model":"lab/echo","messages":[{"role":"user","content":"secret","content":"word"}]}';
    expect((await call({ deny_patterns: ["secret"] }, body)).status).toBe(200);
    expect(lab.requests[0]?.body).not.toContain("secret");
  });

  test("a stream is not held up, unknown members survive", async () => {
    const body = { ...ask("lab/echo", { stream: true }), unknown_member: 1 };
    const options = { deny_patterns: ["secret"] };
    const { text } = await call(options, { ...body, model: "lab/lenient+echo" });
    expect(textOf(text)).toBe("Say hello to the world");
    expect(JSON.parse(lab.requests[0]?.body ?? "").unknown_member).toBe(1);
  });

  test("a mebibyte and 10,000 messages are looked at in no time, whatever the pattern", async () => {
    const options = {
      deny_patterns: ["(a+)+$", "(?:a|aa)+b", "^(?!.*a).*b"],
      max_request_body_size: 0,
    };
    const messages = Array.from({ length: 10_000 }, () => ({
      role: "user",
      content: "a".repeat(100),
    }));
    const roomy = openai(lab.url, { max_request_body_size: 0 });
    const startedAtMs = performance.now();
    const { status } = await call(options, { model: "lab/plain", messages }, roomy);
    expect(status).toBe(PASSED);
    const blocked = await call(options, say("a".repeat(1_048_576)), roomy);
    expect(blocked.status).toBe(PASSED);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});

describe("scopes", () => {
  const word = (pattern: string) => guard({ deny_patterns: [pattern] });
  const key = (key: string) => [{ key }];

  test("the most specific guard applies", async () => {
    const proxy = { name: "ai-proxy", config: openai(lab.url) };
    const routes = [
      { name: "own", paths: ["/own"], plugins: [word("route"), proxy] },
      { name: "plain", paths: ["/plain"], plugins: [proxy, { name: "key-auth" }] },
    ];
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [
        { name: "s", url: "http://localhost:1", routes, plugins: [word("service")] },
        {
          name: "t",
          url: "http://localhost:1",
          routes: [{ name: "t", paths: ["/t"], plugins: [proxy] }],
        },
      ],
      plugins: [word("global")],
      consumer_groups: [{ name: "g", plugins: [word("group")] }],
      consumers: [
        { username: "a", keyauth_credentials: key("a"), plugins: [word("consumer")] },
        { username: "b", keyauth_credentials: key("b"), groups: [{ name: "g" }] },
        { username: "c", keyauth_credentials: key("c") },
      ],
    });
    const blockedBy = async (path: string, apikey = "") => {
      const blocked: string[] = [];
      for (const text of ["global", "service", "route", "group", "consumer"]) {
        const { status } = await gateway.post(path, say(text), { headers: { apikey } });
        if (status === BLOCKED) blocked.push(text);
      }
      return blocked;
    };
    expect(await blockedBy("/t")).toEqual(["global"]);
    expect(await blockedBy("/own")).toEqual(["route"]);
    expect(await blockedBy("/plain", "a")).toEqual(["consumer"]);
    expect(await blockedBy("/plain", "b")).toEqual(["group"]);
    expect(await blockedBy("/plain", "c")).toEqual(["service"]);
  });

  test("a guard that is switched off leaves the next in line to apply", async () => {
    const off = { ...word("route"), enabled: false };
    const proxy = { name: "ai-proxy", config: openai(lab.url) };
    const routes = [{ name: "r", paths: ["/r"], plugins: [off, proxy] }];
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [{ name: "s", url: "http://localhost:1", routes }],
      plugins: [word("global")],
    });
    expect((await gateway.post("/r", say("route"))).status).toBe(PASSED);
    expect((await gateway.post("/r", say("global"))).status).toBe(BLOCKED);
  });

  test("listing the models needs no prompt", async () => {
    await using gateway = await startGateway({
      _format_version: "3.0",
      providers: { openai: { key: "k", url: `${lab.url}/v1` } },
      plugins: [word("a")],
    });
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(200);
  });
});

describe("native dialects", () => {
  /** A plain service that happens to be a vendor. */
  const plain = (path: string, llm_format: string) => ({
    _format_version: "3.0",
    services: [
      {
        name: "vendor",
        url: `${lab.url}${path}`,
        routes: [
          { name: "v", paths: ["/v"], plugins: [guard({ deny_patterns: ["secret"], llm_format })] },
        ],
      },
    ],
  });

  test.each([
    [
      "anthropic",
      "/v1/messages",
      (content: string) => ({
        model: "claude-sonnet-4-5",
        max_tokens: 9,
        messages: [{ role: "user", content }],
      }),
      { type: "error", error: { type: "invalid_request_error", message: "bad request" } },
    ],
    [
      "gemini",
      "/v1beta/models/gemini-2.5-flash:generateContent",
      (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
      { error: { code: 400, message: "bad request", status: "INVALID_ARGUMENT" } },
    ],
  ])("%s", async (llmFormat, path, body, refusal) => {
    await using gateway = await startGateway(plain(path, llmFormat));
    const headers = { "x-api-key": "k", "x-goog-api-key": "k", "anthropic-version": "2023-06-01" };
    const passed = await gateway.post("/v", body("a word"), { headers });
    expect(passed.status).toBe(200);
    const blocked = await gateway.post("/v", body("a secret"), { headers });
    expect(blocked.status).toBe(400);
    expect(await blocked.json()).toMatchObject(refusal);
    expect(lab.requests).toHaveLength(1);
    expect(JSON.parse(lab.requests[0]?.body ?? "")).toEqual(body("a word"));
  });
});
