import { describe, expect, test } from "bun:test";
import { ROUTES, sentFor } from "../../../tests/fixtures/upstream-body.ts";
import { type JsonObject, parseJson } from "../../chat/json.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import { promptOf } from "../call/prompt.ts";

/** On a route that has chosen ten tokens. */
function sent(provider: string, extraBody: unknown, more: JsonObject = {}, options: object = {}) {
  const messages = [{ role: "user", content: "Hi" }];
  const wire = { messages, ...more, extra_body: extraBody } as JsonObject;
  return sentFor(provider, promptOf(openaiChat, wire), { max_tokens: 10, ...options });
}

/** Every name that a vendor may have for what the route decided. */
const DECIDED = {
  model: "expensive",
  MODEL: "expensive",
  models: ["expensive"],
  fallbacks: [{ model: "expensive" }],
  stream: true,
  ſtream: true,
  max_tokens: 9999,
  max_completion_tokens: 9999,
  maxTokens: 9999,
  "max-tokens": 9999,
  "max_tokens[]": 9999,
  max_tokens_to_sample: 9999,
  generationConfig: { maxOutputTokens: 9999 },
  generation_config: { max_output_tokens: 9999 },
  inferenceConfig: { maxTokens: 9999 },
  additionalModelRequestFields: { max_tokens: 9999 },
  parameters: { max_new_tokens: 9999 },
  options: { num_predict: 9999 },
  messages: [{ role: "user", content: "expensive" }],
  system: "expensive",
  systemInstruction: { parts: [{ text: "expensive" }] },
  contents: [],
  inputs: "expensive",
  extra_body: { model: "expensive", max_tokens: 9999 },
};

describe.each(Object.keys(ROUTES))("extra_body to %s", (provider) => {
  test("changes nothing that the route decided, and each attempt is told", () => {
    const { text, told, wire } = sent(provider, DECIDED);
    expect(text).not.toContain("expensive");
    expect(text).not.toContain("9999");
    expect(wire["stream"]).not.toBe(true);
    expect(told).toContain("dropped extra_body.model");
    expect(told).toContain("dropped extra_body.max_tokens");
    expect(told).toContain("dropped extra_body.generation_config.max_output_tokens");
    expect(told).toContain("dropped extra_body.extra_body.model");
  });

  test("no long number, null, list or word takes a cap's place", () => {
    const long = parseJson('{"max_tokens": 99999999999999999999}');
    for (const value of [null, [], "9999"]) {
      const containers = { generationConfig: value, inferenceConfig: value, options: value };
      const { wire } = sent(provider, { ...containers, parameters: value, max_tokens: value });
      expect(JSON.stringify(wire)).toMatch(/:10[,}]/);
    }
    expect(sent(provider, long).text).not.toContain("999");
  });

  test("adds what is the vendor's own", () => {
    const { wire, told } = sent(provider, { vendor_switch: { on: true, list: [1] } });
    expect(wire).toMatchObject({ vendor_switch: { on: true, list: [1] } });
    expect(wire).not.toHaveProperty("extra_body");
    expect(told).toEqual([]);
  });
});

test("what says the same as the route is no conflict", () => {
  const { told } = sent("anthropic", { model: "claude-sonnet-4-5", stream: false, max_tokens: 10 });
  expect(told).toEqual([]);
});

test("a documented use: Gemini's thinking goes beside what stands there", () => {
  const thinkingConfig = { thinkingBudget: 1024 };
  const { wire } = sent("gemini", { generation_config: { thinkingConfig } });
  expect(wire["generationConfig"]).toEqual({ maxOutputTokens: 10, thinkingConfig });
  expect(wire).not.toHaveProperty("generation_config");
});

test("a member that the route leaves open is the client's to change", () => {
  const { wire } = sent("anthropic", { temperature: 0.9 }, { temperature: 0.1 });
  expect(wire["temperature"]).toBe(0.9);
  const pinned = sent("anthropic", { temperature: 0.9 }, {}, { temperature: 0.2 });
  expect(pinned.wire["temperature"]).toBe(0.2);
  expect(pinned.told).toEqual(["dropped extra_body.temperature"]);
});

test("tools that a guard may have looked at are not replaced", () => {
  const tool = (name: string) => ({ type: "function", function: { name } });
  const { wire, told } = sent("openai", { tools: [tool("b")] }, { tools: [tool("a")] });
  expect(wire["tools"]).toEqual([tool("a")]);
  expect(told).toEqual(["dropped extra_body.tools"]);
  expect(sent("openai", { tools: [tool("b")] }).wire["tools"]).toEqual([tool("b")]);
});

test.each([null, "text", [1]])("an extra_body that is %j is not sent", (value) => {
  for (const provider of ["openai", "anthropic"]) {
    const { wire, told } = sent(provider, value);
    expect(wire).not.toHaveProperty("extra_body");
    expect(told).toEqual(value === null ? [] : ["dropped extra_body"]);
  }
});

test("names of what every object has are names like any other", () => {
  const extra = parseJson('{"__proto__": {"model": "x"}, "constructor": {"a": 1}}');
  const { text } = sent("openai", extra);
  expect(text).toContain('"__proto__":{"model":"x"},"constructor":{"a":1}');
});

test("models named beside the one that the route chose stay behind", () => {
  const more = { models: ["expensive"], fallbacks: [{ model: "expensive" }], Model: "expensive" };
  const { text, told } = sent("openai", undefined, more);
  expect(text).not.toContain("expensive");
  expect(told).toEqual(["dropped models", "dropped fallbacks", "dropped Model"]);
});

test.each([
  ["openai", { max_tokens: 10, Max_Tokens: 9999 }],
  ["openai", { max_tokens: 10, maxTokens: 9999, num_predict: 9999 }],
  ["openai", { options: { num_predict: 9999, other: 1 } }],
  ["bedrock", { additionalModelRequestFields: { max_tokens: 9999, other: 1 } }],
  ["bedrock", { inferenceConfig: { maxTokens: 9999 } }],
  ["gemini", { generation_config: { max_output_tokens: 9999 } }],
] as const)("%s: the client's %j beside extra_body changes no limit", (provider, more) => {
  const { text, told } = sent(provider, undefined, more as JsonObject);
  expect(text).not.toContain("9999");
  expect(text).toContain("10");
  expect(told.join()).toContain("dropped");
  if (JSON.stringify(more).includes("other")) expect(text).toContain('"other":1');
});
