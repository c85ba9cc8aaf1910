import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createOperatorLog } from "../../../src/gateway/call/operator-log.ts";
import { target } from "../../faults/balanced.ts";
import { SELF_SIGNED } from "../../faults/self-signed.ts";
import { startGateway } from "../../gateway.ts";
import { ANALYSE, contentSafety, type Over, say } from "./content-safety.ts";

const safety = await contentSafety();
const { lab, call, analysed } = safety;
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe("what is refused", () => {
  test.each<[string, Over, string, string | undefined]>([
    ["a level that is reached", {}, "hate2", "breached category [Hate] at level 2"],
    [
      "the level that is configured is told, not the one that was found",
      {},
      "hate6",
      "breached category [Hate] at level 2",
    ],
    [
      "two categories",
      {},
      "hate2 and violence4",
      "breached category [Hate] at level 2; breached category [Violence] at level 2",
    ],
    ["level 0", {}, "a kind word", undefined],
    ["a level below", { categories: [{ name: "Hate", rejection_level: 4 }] }, "hate2", undefined],
    [
      "an odd level among four acts as the next",
      { categories: [{ name: "Hate", rejection_level: 3 }] },
      "hate3",
      undefined,
    ],
    [
      "among eight it is itself",
      { output_type: "EightSeverityLevels", categories: [{ name: "Hate", rejection_level: 3 }] },
      "hate3",
      "breached category [Hate] at level 3",
    ],
    ["another category", {}, "sexual6", undefined],
    [
      "a hit on a blocklist, where that halts",
      { blocklist_names: ["lab-apple"] },
      "an apple, and hate",
      "breached blocklist [lab-apple]",
    ],
    [
      "a hit on a blocklist, where that does not halt",
      { blocklist_names: ["lab-apple"], halt_on_blocklist_hit: false },
      "an apple, and hate",
      "breached category [Hate] at level 2; breached blocklist [lab-apple]",
    ],
    [
      "blocklists alone",
      { categories: [], blocklist_names: ["lab-apple", "lab-pear"] },
      "hate, pear, apple",
      "breached blocklist [lab-apple]; breached blocklist [lab-pear]",
    ],
  ])("%s", async (_name, over, text, reason) => {
    const { status, json } = await call(over, say(text));
    if (reason === undefined) {
      expect(status).toBe(200);
      return;
    }
    expect(status).toBe(400);
    expect(json.error.message).toBe(`request failed content safety check: ${reason}`);
    expect(safety.asked()).toHaveLength(0);
  });

  test("the caller is not told the reason where it is not to be revealed", async () => {
    const { status, json } = await call({ reveal_failure_reason: false }, say("hate"));
    expect(status).toBe(400);
    expect(json.error.message).toBe("request failed content safety check");
  });

  test("what cannot be looked at does not pass", async () => {
    const { status } = await call(
      {},
      { model: "lab/echo", messages: [{ role: "user", content: 7 }] },
    );
    expect(status).toBe(400);
    expect(lab.requests).toHaveLength(0);
  });
});

describe.each(["openai", "anthropic", "gemini"] as const)("a question for %s", (vendor) => {
  const proxy = target(lab, vendor, "echo");
  const talk = (content: string, stream: boolean) => ({
    messages: [{ role: "user", content }],
    stream,
  });

  test.each([false, true])("that may not pass comes to nobody, streamed: %p", async (stream) => {
    const { status, json } = await call({}, talk("hate", stream), { proxy });
    expect(status).toBe(400);
    expect(json.error.message).toContain("breached category [Hate]");
    expect(safety.asked()).toHaveLength(0);
  });

  test.each([false, true])("that may pass is answered as ever, streamed: %p", async (stream) => {
    const answers: string[] = [];
    for (const mode of ["INPUT", "OFF"]) {
      const plugins = [
        ...(mode === "INPUT" ? [safety.guard()] : []),
        { name: "ai-proxy", config: proxy },
      ];
      const routes = [{ name: "ai", paths: ["/ai"], plugins }];
      const services = [{ name: "s", url: "http://localhost:1", routes }];
      await using gateway = await startGateway({ _format_version: "3.0", services });
      const answer = await (await gateway.post("/ai", talk("a kind word", stream))).text();
      answers.push(answer.replaceAll(/"created":\d+|chatcmpl-\w+/g, ""));
    }
    expect(answers[0]).toBe(answers[1] ?? "");
  });
});

describe("what the service is asked", () => {
  test("all of the question, and the key", async () => {
    await call(
      {
        blocklist_names: ["lab-apple"],
        halt_on_blocklist_hit: false,
        azure_api_version: "2024-09-01",
      },
      say("hi"),
    );
    const [request] = lab.requests;
    expect(request?.target).toBe(`${ANALYSE}?api-version=2024-09-01`);
    expect(request?.headers.get("ocp-apim-subscription-key")).toBe("safety-key");
    expect(JSON.parse(request?.body ?? "")).toEqual({
      text: "hi",
      categories: ["Hate", "Violence"],
      blocklistNames: ["lab-apple"],
      haltOnBlocklistHit: false,
      outputType: "FourSeverityLevels",
    });
  });

  const TALK = {
    model: "lab/echo",
    messages: [
      { role: "system", content: "You are a mathematician." },
      { role: "user", content: "What is 1 + 1?" },
      { role: "assistant", content: "The answer is 3." },
      { role: "user", content: "You lied, I hate you!" },
    ],
  };

  test.each([
    [
      "concatenate_all_content",
      "You are a mathematician.; What is 1 + 1?; The answer is 3.; You lied, I hate you!",
    ],
    ["concatenate_user_content", "What is 1 + 1?; You lied, I hate you!"],
    ["last_message", "You lied, I hate you!"],
  ])("vector: %s", async (text_source, text) => {
    await call({ text_source }, TALK);
    expect(analysed()).toEqual([text]);
  });

  test.each<[string, object, string]>([
    ["a legacy prompt", { prompt: "go on" }, "go on"],
    ["several prompts", { prompt: ["one", "two"] }, "one two"],
    ["a question of Responses", { instructions: "be brief", input: "hi" }, "be brief; hi"],
    [
      "turns of Responses",
      { input: [{ role: "user", content: [{ type: "input_text", text: "hi" }] }] },
      "hi",
    ],
    ["texts for vectors", { input: ["one", "two"] }, "one two"],
    [
      "the result of a tool",
      {
        messages: [
          { role: "user", content: "look" },
          { role: "tool", tool_call_id: "c", content: "found" },
        ],
      },
      "look; found",
    ],
  ])("%s", async (_name, body, text) => {
    await call({}, body);
    expect(analysed()).toEqual([text]);
  });

  test("the words of a text file, which the model reads too", async () => {
    const file_data = `data:text/plain;base64,${Buffer.from("hate").toString("base64")}`;
    const file = { type: "file", file: { filename: "a.txt", file_data } };
    const { status } = await call({}, say([{ type: "text", text: "read" }, file]));
    expect(status).toBe(400);
    expect(analysed().join()).toMatch(/^read .*hate/);
  });

  test.each<[string, object, object]>([
    [
      "anthropic",
      {
        system: "be kind",
        messages: [{ role: "user", content: [{ type: "text", text: "hate" }] }],
      },
      { type: "error", error: { type: "invalid_request_error" } },
    ],
    [
      "gemini",
      {
        systemInstruction: { parts: [{ text: "be kind" }] },
        contents: [{ role: "user", parts: [{ text: "hate" }] }],
      },
      { error: { code: 400, status: "INVALID_ARGUMENT" } },
    ],
  ])(
    "a request in the dialect of %s, whose refusal is in it too",
    async (llm_format, body, error) => {
      const { status, json } = await call({ llm_format }, { max_tokens: 9, ...body });
      expect(status).toBe(400);
      expect(json).toMatchObject(error);
      expect(json.error.message).toContain("breached category [Hate] at level 2");
      expect(analysed()).toEqual(["be kind; hate"]);
    },
  );

  test("only the text of what has other parts", async () => {
    const image = { type: "image_url", image_url: { url: "https://x.test/hate.png" } };
    await call({}, say([{ type: "text", text: "look" }, image, { type: "text", text: "here" }]));
    expect(analysed()).toEqual(["look here"]);
  });

  test("nothing, where there is no text", async () => {
    const image = { type: "image_url", image_url: { url: "https://x.test/i.png" } };
    const { status } = await call({}, say([image]));
    expect(status).toBe(200);
    expect(analysed()).toHaveLength(0);
  });

  test("the last message alone, though that only calls a tool", async () => {
    const call_ = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    const messages = [
      ...say("hate").messages,
      { role: "assistant", content: null, tool_calls: [call_] },
    ];
    await call({ text_source: "last_message" }, { model: "lab/lenient", messages });
    expect(analysed()).toHaveLength(0);
  });

  test("what a template makes of the request", async () => {
    const template = '{"messages":[{"role":"user","content":"Tell me of {{thing}}"}]}';
    const templates = {
      name: "ai-prompt-template",
      config: { templates: [{ name: "t", template }] },
    };
    const body = { messages: "{template://t}", properties: { thing: "hate" } };
    const { status, json } = await call({}, body, { beside: [templates] });
    expect(status).toBe(400);
    expect(json.error.message).toContain("category [Hate]");
    expect(analysed()).toEqual(["Tell me of hate"]);
  });
});

describe("long texts", () => {
  test("are looked at in pieces that overlap, side by side", async () => {
    const { status } = await call({}, say("word ".repeat(5_000)));
    expect(status).toBe(200);
    const texts = analysed();
    expect(texts).toHaveLength(3);
    expect(texts.every((text) => text.length <= 10_000)).toBe(true);
    const connections = lab.requests.slice(0, 3).map(({ connection }) => connection);
    expect(new Set(connections).size).toBe(3);
    expect(texts[1]?.startsWith(texts[0]?.slice(-500) ?? "-")).toBe(true);
  });

  test.each([9_995, 9_999, 9_000, 19_000, 24_990])("a word at %d is seen whole", async (at) => {
    const text = "-".repeat(at) + " violence6 ".padEnd(25_000 - at, "-");
    expect((await call({}, say(text))).status).toBe(400);
  });

  test("no character is cut in two", async () => {
    const { status } = await call({}, say(`x${"𝄞".repeat(15_000)}`));
    expect(status).toBe(200);
    for (const text of analysed()) expect(text.isWellFormed()).toBe(true);
  });

  test("what was looked at is not looked at again while a conversation goes on", async () => {
    await using gateway = await safety.start();
    const history = "a long story ".repeat(2_000);
    await (await gateway.post("/ai", say(history, "one"))).text();
    const before = analysed().length;
    await (await gateway.post("/ai", say(history, "one", "two"))).text();
    expect(analysed().length - before).toBe(1);
    await (await gateway.post("/ai", say(history, "one", "two"))).text();
    expect(analysed().length - before).toBe(1);
  });
});

describe("a service that fails", () => {
  const FAULTS = [
    "500",
    "429",
    "401",
    "bad-json",
    "no-choices",
    "reset-before-headers",
    "redirect",
    "truncated-json",
  ];

  test.each(FAULTS)("%s: the request is refused", async (fault) => {
    const { status, json } = await call({ fault }, say("hi"));
    expect(status).toBe(500);
    expect(json.error.message).toBe("content safety introspection failed");
    expect(safety.asked()).toHaveLength(0);
  });

  test.each(FAULTS)("%s: the request is passed on where it is to be", async (fault) => {
    const { status, ai } = await call({ fault, stop_on_error: false }, say("hi"));
    expect(status).toBe(200);
    expect(ai?.proxy?.["azure-content-safety"]).toMatchObject({ input_unseen: expect.any(String) });
  });

  test.each(["html-200", "bad-json", "no-choices"])(
    "%s: blocklists alone let nothing pass either",
    async (fault) => {
      const over = { fault, categories: undefined, blocklist_names: ["lab-words"] };
      expect((await call(over, say("hi"))).status).toBe(500);
    },
  );

  test.each([
    [true, 500],
    [false, 200],
  ])("silent, with stop_on_error %p: %d", async (stop_on_error, expected) => {
    const clocks = { headersMs: 60 };
    const slow = await call({ fault: "stall-headers", stop_on_error }, say("hi"), { clocks });
    expect(slow.status).toBe(expected);
  });

  test("what one piece breaches is told though another is not looked at", async () => {
    const text = `hate ${"word ".repeat(2_500)} hate`;
    const { status } = await call({ fault: "fail-first" }, say(text));
    expect(analysed()).toHaveLength(2);
    expect(status).toBe(400);
  });

  test("a client that leaves meanwhile ends the question, and nobody is to blame", async () => {
    const sentences: string[] = [];
    const operatorLog = createOperatorLog();
    operatorLog.setOutput({ tell: ({ sentence }) => sentences.push(sentence), problem: () => {} });
    const over = { fault: "stall-headers" };
    await using gateway = await safety.start(over, { processState: { operatorLog } });
    const client = new AbortController();
    const gone = gateway.post("/ai", say("hi"), { signal: client.signal }).catch(() => undefined);
    const question = await lab.waitForRequest(({ path }) => path.endsWith(ANALYSE));
    client.abort();
    await gone;
    expect(await question.outcome).toBe("client-left");
    const { ai } = await gateway.record();
    expect({ sentences, ai }).toEqual({ sentences: [], ai: undefined });
  });

  test("whoever runs the gateway is told once that it fails, and once that it does not any more", async () => {
    const sentences: string[] = [];
    const operatorLog = createOperatorLog();
    operatorLog.setOutput({ tell: ({ sentence }) => sentences.push(sentence), problem: () => {} });
    await using gateway = await safety.start(
      { fault: "fail-first-2" },
      { processState: { operatorLog } },
    );
    for (const text of ["a", "b", "c", "d"]) await (await gateway.post("/ai", say(text))).text();
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toContain("texts cannot be looked at, and are refused");
    expect(sentences[0]).toContain("answered 503 (ServerBusy)");
    expect(sentences[1]).toContain("texts are looked at again");
  });

  test.each([
    [true, 500],
    [false, 200],
  ])("with a certificate that nobody signed, ssl_verify %p: %d", async (ssl_verify, expected) => {
    await using service = Bun.serve({
      port: 0,
      hostname: "localhost",
      tls: SELF_SIGNED,
      fetch: () =>
        Response.json({
          blocklistsMatch: [],
          categoriesAnalysis: ["Hate", "Violence"].map((category) => ({ category, severity: 0 })),
        }),
    });
    const content_safety_url = `${service.url.origin}${ANALYSE}`;
    expect((await call({ content_safety_url, ssl_verify }, say("hi"))).status).toBe(expected);
  });
});
