import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import {
  answering,
  asked,
  cached,
  contentOf,
  FAR,
  QUESTION,
  routeTo,
  status,
} from "./cached-route.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe("the question", () => {
  const turns = (...contents: readonly string[]) => ({
    messages: contents.map((content, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content,
    })),
  });

  test("is the last message alone unless more are counted", async () => {
    await using one = await cached(lab);
    await contentOf(await one.post("", turns(FAR, "Many.", QUESTION)));
    expect(status(await one.post("", turns("Hello there", "Hi.", QUESTION)))).toBe("Hit");
    await using three = await cached(lab, {
      cache: { message_countback: 3, exact_caching: true },
      vectordb: { threshold: 0 },
    });
    await contentOf(await three.post("", turns(FAR, "Many.", QUESTION)));
    expect(status(await three.post("", turns("Hello there", "Hi.", QUESTION)))).toBe("Miss");
    expect(status(await three.post("", turns(FAR, "Many.", QUESTION)))).toBe("Hit");
  });

  test.each([
    ["ignore_system_prompts", { role: "system", content: "Be brief." }],
    ["ignore_assistant_prompts", { role: "assistant", content: "I am here." }],
    ["ignore_tool_prompts", { role: "tool", tool_call_id: "c1", content: "22 degrees" }],
  ])("%s leaves such messages out before they are counted", async (option, message) => {
    const call = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
    };
    const before = message.role === "tool" ? [call] : [];
    const messages = [{ role: "user", content: QUESTION }, ...before, message];
    const cache = { exact_caching: true, message_countback: 1 };
    await using heeding = await cached(lab, {
      cache: { ...cache, [option]: true, ignore_assistant_prompts: true },
    });
    await contentOf(await heeding.post("", { messages: [messages[0]] }));
    expect(status(await heeding.post("", { messages }))).toBe("Hit");
    await using counting = await cached(lab, { cache, vectordb: { threshold: 0 } });
    await contentOf(await counting.post("", { messages: [messages[0]] }));
    expect(status(await counting.post("", { messages }))).not.toBe("Hit");
  });

  test("is none where it only answers what was said before", async () => {
    await using route = await cached(lab);
    expect(status(await route.post("", turns("Shall I go?", "Will you?", "yes")))).toBe("Bypass");
  });

  test("is another one with another picture", async () => {
    await using route = await cached(lab);
    const seeing = (url: string) => ({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is in this picture?" },
            { type: "image_url", image_url: { url } },
          ],
        },
      ],
    });
    await (await route.post("", seeing("https://pictures.test/a.png"))).text();
    expect(status(await route.post("", seeing("https://pictures.test/b.png")))).toBe("Miss");
    expect(status(await route.post("", seeing("https://pictures.test/a.png")))).toBe("Hit");
  });
});

test.each([
  ["a voice", { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } }],
  ["a search", { web_search_options: {} }],
])("whoever wants %s asks something else", async (_what, more) => {
  await using route = await cached(lab, { traits: "lenient" });
  await (await route.post(QUESTION)).text();
  expect(status(await route.post(QUESTION, more))).toBe("Miss");
  expect(status(await route.post(QUESTION))).toBe("Hit");
});

describe("never kept", () => {
  const tools = [{ type: "function", function: { name: "look_up", parameters: {} } }];
  test.each([
    ["an error", "429", {}, 2],
    ["what was cut off at the limit", "plain", { max_tokens: 2 }, 2],
    ["what was filtered", "content-filter", {}, 2],
    ["a refusal", "refusal", {}, 2],
    ["an answer without words", "no-content", {}, 2],
    ["a call of a tool", "parallel-tools", { tools }, 2],
    ["a stream that ends too early", "eof-mid-stream", { stream: true }, 2],
    ["a stream that breaks", "reset-mid-stream", { stream: true }, 2],
    ["but an answer that is whole", "plain", {}, 1],
    ["but a stream that is whole", "plain", { stream: true }, 1],
  ])("%s", async (_what, traits, more, calls) => {
    await using route = await cached(lab, { traits, cache: { exact_caching: true } });
    for (const _ of [1, 2]) await (await route.post(QUESTION, more)).text();
    expect(asked(lab, "chat")).toBe(calls);
  });

  test("what its client did not wait for", async () => {
    await using route = await cached(lab, {
      traits: "stall-mid-stream",
      cache: { exact_caching: true },
    });
    const response = await route.post(QUESTION, { stream: true });
    await response.body?.cancel();
    await route.gateway.record(1);
    const again = await route.post(QUESTION, { stream: true });
    expect(status(again)).toBe("Miss");
    await again.body?.cancel();
  });

  test("what a vendor's own tools may have found, and what asks for no cache", async () => {
    await using route = await cached(lab);
    const tools = [{ type: "web_search" }];
    expect(status(await route.post(QUESTION, { tools }))).toBe("Bypass");
    const bypassed = await route.post(QUESTION, {}, { "x-cache-bypass": "true" });
    expect(status(bypassed)).toBe("Bypass");
    expect(bypassed.headers.get("x-cache-key")).toBeNull();
  });

  test("what was found somewhere, and is cited", async () => {
    const url_citation = {
      url: "https://news.test/today",
      title: "",
      start_index: 0,
      end_index: 5,
    };
    const message = {
      role: "assistant",
      content: "Today it rains.",
      annotations: [{ type: "url_citation", url_citation }],
    };
    await using vendor = answering(() =>
      Response.json({
        id: "c1",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, finish_reason: "stop", message }],
      }),
    );
    await using route = await routeTo(lab, `${vendor.url}/v1/chat/completions`, {});
    for (const _ of [1, 2]) await (await route.post(QUESTION)).text();
    expect(vendor.count()).toBe(2);
  });
});
