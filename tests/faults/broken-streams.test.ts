import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anthropicMessages } from "../../src/formats/anthropic/messages/format.ts";
import { cohereChat } from "../../src/formats/cohere/chat/format.ts";
import { geminiGenerate } from "../../src/formats/gemini/format.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { openaiCompletions } from "../../src/formats/openai/completions/format.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { type SseEvent, sseDecoder } from "../../src/framing/sse.ts";
import { ask, eventsOf, openai, proxies, startGateway, type TestGateway } from "../gateway.ts";
import { concat } from "../laws/format-laws.ts";
import { damaged, damages, spoken, untilTerminator } from "../laws/hold-words.ts";

/** What the vendor answers with, in these writes. */
let says: readonly Uint8Array[] = [];
let gateway: TestGateway;
let vendor: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  vendor = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch() {
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          for (const bytes of says) {
            controller.enqueue(bytes);
            await Promise.resolve();
          }
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const url = `http://127.0.0.1:${vendor.port}`;
  const model = (provider: string, options: object = {}) => ({
    provider,
    name: "m",
    options: { upstream_url: url, ...options },
  });
  const anthropic = model("anthropic", { anthropic_version: "2023-06-01" });
  const completions = { route_type: "llm/v1/completions" };
  gateway = await startGateway(
    proxies(
      openai(url, { path: "/openai" }),
      openai(url, { path: "/completions", ...completions }),
      openai(url, { path: "/from-anthropic", model: anthropic }),
      openai(url, { path: "/from-gemini", model: model("gemini") }),
      openai(url, { path: "/from-cohere", model: model("cohere") }),
      openai(url, {
        path: "/rewritten",
        answer_format: "openai",
        model: model("mistral", { mistral_format: "openai" }),
      }),
    ),
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await vendor.stop(true);
});

const CHAT = ask("m", { stream: true });
const REPORTED = { ...CHAT, stream_options: { include_usage: true } };
const PROSE = { model: "m", prompt: "Say hello", stream: true };

interface Client {
  readonly path: string;
  readonly question: object;
  /** What the vendor speaks. */
  readonly vendor: WireFormat;
}

const isJson = ({ data }: SseEvent) => {
  try {
    return typeof JSON.parse(data) === "object";
  } catch {
    return false;
  }
};

const fails = (events: readonly SseEvent[]) => events.some(({ data }) => data.includes('"error"'));

/** What OpenAI's SDKs take for a good end: `[DONE]`, behind JSON that tells no error. */
function hasGoodEnd(events: readonly SseEvent[]): boolean {
  const done = events.findIndex(({ data }) => data === "[DONE]");
  if (done < 0) return false;
  expect(events).toHaveLength(done + 1);
  const chunks = events.slice(0, done);
  return chunks.every(isJson) && !fails(chunks);
}

const CLIENTS: readonly Client[] = [
  { path: "/openai", question: CHAT, vendor: openaiChat },
  { path: "/openai", question: REPORTED, vendor: openaiChat },
  { path: "/rewritten", question: CHAT, vendor: openaiChat },
  { path: "/completions", question: PROSE, vendor: openaiCompletions },
  { path: "/from-anthropic", question: CHAT, vendor: anthropicMessages },
  { path: "/from-gemini", question: CHAT, vendor: geminiGenerate },
  { path: "/from-cohere", question: CHAT, vendor: cohereChat },
];

/** One call, as its client and its record saw it. */
async function called({ path, question }: Client) {
  const before = gateway.records.length;
  const response = await gateway.post(path, question);
  const text = await response.text();
  const record = await gateway.record(before + 1);
  const decoder = sseDecoder();
  const events = [...decoder.push(new TextEncoder().encode(text)), ...decoder.end()];
  const proxy = record.ai?.proxy ?? {};
  return {
    text,
    hasEnded: response.status === 200 && hasGoodEnd(events),
    isRecordedAsGood: response.status === 200 && !JSON.stringify(proxy).includes("stream_error"),
    notices: JSON.stringify(proxy["notices"] ?? []),
  };
}

describe("the client sees a good end where the record does, and all words or an error", () => {
  test.each(CLIENTS.map((client) => [`${client.path} of ${client.vendor.name}`, client] as const))(
    "%s",
    async (_name, client) => {
      await fc.assert(
        fc.asyncProperty(damages, fc.nat(), fc.nat(), async (damage, cut, end) => {
          const pieces = damaged(spoken(client.vendor), damage, false);
          const whole = concat(pieces.map(({ bytes }) => bytes));
          // One stream in four stops short.
          const bytes = end % 4 > 0 ? whole : whole.subarray(0, end % (whole.length + 1));
          const at = cut % (bytes.length + 1);
          says = [bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0);
          const { text, hasEnded, isRecordedAsGood } = await called(client);
          expect(hasEnded).toBe(isRecordedAsGood);
          if (!hasEnded || bytes !== whole) return;
          for (const { word } of untilTerminator(pieces)) if (word) expect(text).toContain(word);
        }),
        { numRuns: 60, seed: 1079501208 },
      );
    },
  );
});

const utf8 = (text: string) => new TextEncoder().encode(text);
const delta = (content: string) =>
  `data: ${JSON.stringify({ id: "x", choices: [{ index: 0, delta: { content } }] })}\n\n`;
const stop = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\n`;
const DONE = "data: [DONE]\n\n";
const GARBAGE = "data: Internal Server Error\n\n";

describe("what leaves of a stream in the client's own dialect", () => {
  const client: Client = {
    path: "/openai",
    question: CHAT,
    vendor: openaiChat,
  };
  const error = /^data: \{"error":\{"message":"[^"]+","type":"upstream_error","code":null\}\}\n\n$/;

  test.each([
    ["an event that cannot be read", [delta("a"), GARBAGE]],
    [
      "one with more behind it in the same write",
      [`${delta("a")}${GARBAGE}${delta("b")}${stop}${DONE}`],
    ],
    ["one with more behind it in another", [delta("a"), GARBAGE, delta("b"), stop, DONE]],
    ["one that is cut", [delta("a"), "data: Internal", " Server Error\n", "\n", DONE]],
    ["one that lacks its blank line", [delta("a"), "data: Internal Server Error"]],
    ["an end without a finish", [delta("a")]],
    ["an end within an event", [delta("a"), "data: {"]],
  ])("%s: what was said before, then one error and nothing else", async (_name, pieces) => {
    says = pieces.map(utf8);
    const { text, isRecordedAsGood } = await called(client);
    expect(isRecordedAsGood).toBe(false);
    expect(text).toStartWith(delta("a"));
    expect(text.slice(delta("a").length)).toMatch(error);
  });

  test.each([
    ["in the same write", [`${delta("a")}${stop}${DONE}${delta("b")}${DONE}`]],
    ["in a write that began before", [delta("a"), `${stop}data: [DO`, `NE]\n\n${delta("b")}`]],
  ])("content behind [DONE] %s is left out with a notice", async (_name, pieces) => {
    says = pieces.map(utf8);
    const { text, isRecordedAsGood, notices } = await called(client);
    expect(text).toBe(delta("a") + stop + DONE);
    expect(isRecordedAsGood).toBe(true);
    expect(notices).toContain("went on after the end");
  });

  test("so it is where the answer is written anew", async () => {
    says = [utf8(`${delta("a")}${stop}${DONE}${delta("late")}`)];
    const { text, hasEnded, isRecordedAsGood, notices } = await called({
      ...client,
      path: "/rewritten",
    });
    expect([hasEnded, isRecordedAsGood]).toEqual([true, true]);
    expect(text).not.toContain("late");
    expect(notices).toContain("went on after the end");
  });

  test("an event that is cut off behind the finish is an error all the same", async () => {
    says = [delta("a"), stop, "data: {"].map(utf8);
    const { text, isRecordedAsGood } = await called(client);
    expect(isRecordedAsGood).toBe(false);
    expect(text.startsWith(delta("a") + stop)).toBe(true);
    expect(text.slice((delta("a") + stop).length)).toMatch(error);
  });

  test("a second finish and content behind the first are the answer's", async () => {
    says = [delta("a"), stop, delta("b"), stop, DONE].map(utf8);
    const { text, isRecordedAsGood } = await called(client);
    expect(text).toBe(delta("a") + stop + delta("b") + stop + DONE);
    expect(isRecordedAsGood).toBe(true);
  });

  test("a bare error object in an event of that name is told in words that clients know", async () => {
    says = [utf8(`${delta("a")}event: error\ndata: {"message":"overloaded"}\n\n${DONE}`)];
    const { text, isRecordedAsGood } = await called(client);
    expect(isRecordedAsGood).toBe(false);
    expect(eventsOf(text).at(-1)).toMatch(/^\{"error":\{"message":"overloaded"/);
    expect(text).not.toContain("[DONE]");
  });
});

describe("Gemini's finish reason in every chunk", () => {
  const chunk = (text: string, finishReason: string) =>
    utf8(
      `data: ${JSON.stringify({ candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason }] })}\n\n`,
    );
  const client: Client = {
    path: "/from-gemini",
    question: CHAT,
    vendor: geminiGenerate,
  };
  const finishes = (text: string) =>
    eventsOf(text).flatMap((data) =>
      data === "[DONE]" ? [] : (JSON.parse(data).choices[0]?.finish_reason ?? []),
    );
  const words = (text: string) =>
    eventsOf(text)
      .map((data) => (data === "[DONE]" ? "" : (JSON.parse(data).choices[0]?.delta.content ?? "")))
      .join("");

  test("ends the answer once, behind its last word", async () => {
    says = [chunk("One ", "STOP"), chunk("two ", "STOP"), chunk("three", "STOP")];
    const { text, hasEnded } = await called(client);
    expect(words(text)).toBe("One two three");
    expect(finishes(text)).toEqual(["stop"]);
    expect(hasEnded).toBe(true);
  });

  test.each([["last"], ["first"]])("does not hide a SAFETY that comes %s", async (place) => {
    const safety = chunk("", "SAFETY");
    says = place === "last" ? [chunk("One ", "STOP"), safety] : [safety, chunk("One ", "STOP")];
    expect(finishes((await called(client)).text)).toEqual(["content_filter"]);
  });
});
