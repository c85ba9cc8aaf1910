import { describe, expect, test } from "bun:test";
import { startHttpServer } from "../../src/lab/http/server.ts";
import { figure } from "../figures.ts";
import { ask, eventsOf, openai, proxies, startGateway } from "../gateway.ts";
import { skewedClock } from "../skewed-clock.ts";

const WORDS = Array.from({ length: 20 }, () => "internationalization ");
const USAGE = { prompt_tokens: 10, completion_tokens: 40, total_tokens: 50 };

function chunk(members: object): string {
  const head = { id: "x", object: "chat.completion.chunk", created: 1, model: "m" };
  return `data: ${JSON.stringify({ ...head, ...members })}\n\n`;
}

const choice = (delta: object, finish_reason: string | null = null) =>
  chunk({ choices: [{ index: 0, delta, finish_reason }] });

/** An answer whose text would be estimated at 105 tokens. */
const ANSWER = [
  choice({ role: "assistant", content: "" }),
  ...WORDS.map((content) => choice({ content })),
  choice({}, "stop"),
];
const REPORT = chunk({ choices: [], usage: USAGE });
const DONE = "data: [DONE]\n\n";

/** A vendor that says all of this and then keeps the answer open until it is let go. */
function lingering(...says: readonly string[]) {
  const ports: number[] = [];
  const letGo = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let [arrived, awaited, together] = [0, 1, Promise.withResolvers<void>()];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      arrived += 1;
      if (arrived >= awaited) together.resolve();
      ports.push(server.requestIP(request)?.port ?? 0);
      request.signal.addEventListener("abort", () => left.resolve());
      await together.promise;
      const body = new ReadableStream({
        async start(controller) {
          for (const said of says) {
            controller.enqueue(new TextEncoder().encode(said));
            await Promise.resolve();
          }
          await letGo.promise;
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** Of the connections that questions came on, in order. */
    ports,
    letGo: letGo.resolve,
    /** From now on nothing is said until that many questions have come. */
    answerTogether(count: number): void {
      [arrived, awaited, together] = [0, count, Promise.withResolvers<void>()];
    },
    /** Resolves when the gateway gives an answer up. */
    left: left.promise,
    async [Symbol.asyncDispose]() {
      letGo.resolve();
      await server.stop(true);
    },
  };
}

const QUESTION = ask("m", { stream: true, stream_options: { include_usage: true } });

const STALLED = 'dragoman_upstream_errors_total{provider="openai",code="upstream_stalled"}';
const PLAIN = ask("m", { stream: true });

describe("a stream is over at its terminator", () => {
  const says = [...ANSWER, DONE];

  test.each([
    ["in one write", [says.join("")]],
    ["in many", says],
    ["a byte at a time", [...says.join("")]],
  ])(
    "%s, though the vendor keeps the answer open; its connection is used again",
    async (_name, pieces) => {
      await using vendor = lingering(...pieces);
      await using gateway = await startGateway(proxies(openai(vendor.url)));
      const asked = async () => (await gateway.post("/ai", PLAIN)).text();
      expect(await asked()).toBe(says.join(""));
      const record = await gateway.record();
      expect(record.client_aborted).toBeUndefined();
      expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
      vendor.letGo();
      const [first] = vendor.ports;
      do {
        // One more than there are connections, so that each that is idle is taken.
        const count = new Set(vendor.ports).size + 1;
        vendor.answerTogether(count);
        await Promise.all(Array.from({ length: count }, asked));
      } while (!vendor.ports.slice(1).includes(first ?? 0));
    },
  );

  test("a vendor that never ends its answer is left after a while", async () => {
    await using vendor = lingering(...says);
    await using gateway = await startGateway(proxies(openai(vendor.url)), {
      clocks: { idleMs: 50 },
    });
    const answer = await gateway.post("/ai", PLAIN);
    expect(await answer.text()).toBe(says.join(""));
    await vendor.left;
    expect(await gateway.record()).toMatchObject({ tries: [{ code: 200 }] });
    expect(figure(gateway, STALLED)).toBe(0);
  });
});

describe("a stream that has finished is over, though its vendor says neither so nor anything else", () => {
  const ANTHROPIC = [
    { type: "message_start", message: { id: "x", model: "m", usage: { input_tokens: 10 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "four" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 40 } },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const anthropic = { provider: "anthropic", options: { anthropic_version: "2023-06-01" } };

  test.each([
    ["in the client's dialect", [...ANSWER, REPORT], undefined],
    ["in another", ANTHROPIC, anthropic],
  ])("%s", async (_name, says, vendorOf) => {
    await using vendor = lingering(...says);
    const options = { ...vendorOf?.options, upstream_url: vendor.url };
    const model = { provider: vendorOf?.provider ?? "openai", options };
    await using gateway = await startGateway(proxies(openai("", { model })), {
      clocks: { idleMs: 50 },
    });
    const events = eventsOf(await (await gateway.post("/ai", QUESTION)).text());
    expect(events.filter((data) => data.includes('"error"'))).toEqual([]);
    expect(events.filter((data) => data === "[DONE]")).toHaveLength(1);
    expect(events.at(-1)).toBe("[DONE]");
    const record = await gateway.record();
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
    expect(record.ai?.proxy).toMatchObject({ usage: { completion_tokens: 40 } });
    expect(figure(gateway, STALLED)).toBe(0);
    await vendor.left;
  });

  test("soon, also where the client was slow to take what was said", async () => {
    using clock = skewedClock();
    await using vendor = lingering(ANSWER.join(""));
    await using gateway = await startGateway(proxies(openai(vendor.url)));
    const answer = await gateway.post("/ai", PLAIN);
    let text = "";
    for await (const bytes of answer.body ?? []) {
      text += new TextDecoder().decode(bytes);
      if (text === ANSWER.join("")) clock.advance(5_000);
    }
    expect(text).toBe(ANSWER.join("") + DONE);
  });

  test("at once, where its connection breaks instead", async () => {
    const head =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n";
    const bytes = new TextEncoder().encode(head + ANSWER.join(""));
    const answer = () => [{ do: "send", bytes } as const, { do: "reset" } as const];
    const broken = await startHttpServer({ port: 0, hostname: "127.0.0.1", answer });
    await using gateway = await startGateway(proxies(openai(`http://127.0.0.1:${broken.port}`)));
    const text = await (await gateway.post("/ai", PLAIN)).text();
    expect(text).toBe(ANSWER.join("") + DONE);
    const record = await gateway.record();
    expect(record.ai?.proxy).not.toHaveProperty("meta.stream_error");
    await broken.stop();
  });

  test("but not before each of its choices has", async () => {
    await using vendor = lingering(...ANSWER);
    await using gateway = await startGateway(proxies(openai(vendor.url)), {
      clocks: { idleMs: 50 },
    });
    const text = await (await gateway.post("/ai", { ...QUESTION, n: 2 })).text();
    expect(text).toContain("the upstream stopped sending");
  });

  test("an error of the vendor's is told once, and ends it", async () => {
    const failed = 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n';
    await using vendor = lingering(...ANSWER.slice(0, 4), failed);
    await using gateway = await startGateway(proxies(openai(vendor.url)));
    const text = await (await gateway.post("/ai", QUESTION)).text();
    expect(text).toBe([...ANSWER.slice(0, 4), failed].join(""));
    await vendor.left;
  });
});

describe("a client that wants a usage report gets one", () => {
  /** What the client got, and what was logged. */
  async function asked(says: readonly string[]) {
    await using vendor = lingering(...says);
    vendor.letGo();
    await using gateway = await startGateway(proxies(openai(vendor.url)));
    const text = await (await gateway.post("/ai", QUESTION)).text();
    const { ai } = await gateway.record();
    return { text, usage: ai?.proxy?.["usage"] };
  }

  const ESTIMATE = {
    prompt_tokens: 9,
    completion_tokens: 105,
    total_tokens: 114,
    estimated: true,
  };
  const whole = ANSWER.join("");
  const owed = chunk({ choices: [], usage: ESTIMATE });

  test.each([
    ["in one write", [`${whole}${DONE}`]],
    ["in many", [...ANSWER, DONE]],
    ["a byte at a time", [...whole, ...DONE]],
    ["with an end that is cut", [`${whole}data: [DO`, "NE]\n", "\n"]],
    ["without a terminator", [whole]],
    ["with a terminator that lacks its blank line", [`${whole}data: [DONE]\n`]],
  ])(
    "from a vendor that gives none, %s: its bytes as they came, then the estimate",
    async (_name, says) => {
      const { text, usage } = await asked(says);
      expect(text).toBe(whole + owed + DONE);
      expect(usage).toMatchObject(ESTIMATE);
    },
  );

  test("from a vendor that does, in its own bytes", async () => {
    const says = [...ANSWER, REPORT, "data:[DONE]\r\n\r\n"];
    const { text, usage } = await asked(says);
    expect(text).toBe(says.join(""));
    expect(usage).toMatchObject(USAGE);
  });

  test("in an answer that is written anew", async () => {
    await using vendor = lingering(...ANSWER, DONE);
    const options = { mistral_format: "openai", upstream_url: vendor.url };
    const rewriting = { answer_format: "openai", model: { provider: "mistral", options } };
    await using gateway = await startGateway(proxies(openai(vendor.url, rewriting)));
    vendor.letGo();
    const text = await (await gateway.post("/ai", QUESTION)).text();
    const chunks = eventsOf(text)
      .slice(0, -1)
      .map((data) => JSON.parse(data));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: ESTIMATE });
    for (const { usage } of chunks.slice(0, -1)) expect(usage).toBeNull();
  });

  test("of prose too", async () => {
    const head = { id: "x", object: "text_completion", created: 1, model: "m" };
    const event = (members: object) => `data: ${JSON.stringify({ ...head, ...members })}\n\n`;
    const said = event({ choices: [{ index: 0, text: "four", finish_reason: "stop" }] });
    await using vendor = lingering(said, DONE);
    const route = { route_type: "llm/v1/completions" };
    await using gateway = await startGateway(proxies(openai(vendor.url, route)));
    const question = {
      model: "m",
      prompt: "a b",
      stream: true,
      stream_options: { include_usage: true },
    };
    const usage = { prompt_tokens: 4, completion_tokens: 1, total_tokens: 5, estimated: true };
    const text = await (await gateway.post("/ai", question)).text();
    expect(text).toBe(said + event({ choices: [], usage }) + DONE);
  });

  test("unless its stream failed", async () => {
    const failed = 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n';
    const says = [...ANSWER.slice(0, 4), failed];
    expect((await asked([...says, DONE])).text).toBe(says.join(""));
    const { text } = await asked(ANSWER.slice(0, 4));
    expect(text).toContain("upstream closed the stream early");
    expect(text).not.toContain('"usage"');
  });
});

describe("a client that leaves once the answer is whole", () => {
  test.each([
    ["the report", REPORT, [...ANSWER, REPORT]],
    ["the terminator", DONE, [...ANSWER, REPORT, DONE]],
  ])("is billed the vendor's report when it leaves at %s", async (_name, last, says) => {
    await using vendor = lingering(...says);
    await using gateway = await startGateway(proxies(openai(vendor.url)));
    const response = await gateway.post("/ai", QUESTION);
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes);
      if (text.endsWith(last)) break;
    }
    const { ai } = await gateway.record();
    expect(ai?.proxy).toMatchObject({ usage: USAGE });
    expect(ai?.proxy).not.toHaveProperty("usage.estimated");
  });
});
