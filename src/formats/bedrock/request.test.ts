import { describe, expect, test } from "bun:test";
import { patchRequest } from "./format.ts";
import { decodeRequest } from "./request.ts";
import { readConversePath } from "./wire.ts";

const hi = { role: "user", content: [{ text: "Hi" }] };

describe("what a Bedrock client says is understood", () => {
  test("turns, files, calls and results", () => {
    const { messages } = decodeRequest({
      system: [{ text: "Be brief." }],
      messages: [
        { role: "user", content: [{ image: { format: "jpeg", source: { bytes: "AA==" } } }] },
        { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "f", input: {} } }] },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "a", content: [{ json: { n: 1 } }, { text: "x" }] } },
            { text: "And?" },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      { role: "system", content: [{ type: "text", text: "Be brief." }] },
      {
        role: "user",
        content: [
          { type: "file", mediaType: "image/jpeg", source: { kind: "base64", data: "AA==" } },
        ],
      },
      {
        role: "assistant",
        content: [{ type: "tool-call", id: "a", name: "f", arguments: "{}" }],
      },
      {
        role: "tool",
        callId: "a",
        content: [
          { type: "text", text: '{"n":1}' },
          { type: "text", text: "x" },
        ],
      },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ]);
  });

  test.each([
    [
      "Claude's budget",
      { thinking: { type: "enabled", budget_tokens: 2048 } },
      { budgetTokens: 2048 },
    ],
    ["Claude's own measure", { thinking: { type: "adaptive" } }, { adaptive: true }],
    ["no thought", { thinking: { type: "disabled" } }, { effort: "none" }],
    [
      "Nova's effort",
      { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } },
      { effort: "low" },
    ],
    ["OpenAI's open models' effort", { reasoning_effort: "high" }, { effort: "high" }],
  ])("%s", (_, fields, reasoning) => {
    const chat = decodeRequest({ messages: [hi], additionalModelRequestFields: fields });
    expect(chat.reasoning).toEqual(reasoning as typeof chat.reasoning & {});
    expect(chat.extra).toBeUndefined();
  });

  test("what has no seat is kept by name, so that a notice can tell of it", () => {
    const { extra, extraFormat } = decodeRequest({
      messages: [
        {
          role: "user",
          content: [
            { guardContent: { text: { text: "x", qualifiers: ["query"] } } },
            { toolAddition: { tool: { name: "f" } } },
          ],
        },
      ],
      guardrailConfig: { guardrailIdentifier: "g" },
      additionalModelRequestFields: { anthropic_beta: ["b"], top_k: 3 },
    });
    expect(extraFormat).toBe("bedrock-converse");
    expect(Object.keys(extra ?? {})).toEqual([
      "guardrailConfig",
      "additionalModelRequestFields",
      "messages[0].content[0].guardContent",
      "messages[0].content[1].toolAddition",
    ]);
    expect(extra?.additionalModelRequestFields).toEqual({ anthropic_beta: ["b"] });
  });

  test.each([
    [{ messages: [{ role: "robot", content: [] }] }, "messages[0].role"],
    [{ messages: [{ role: "user", content: [{ text: 1 }] }] }, "messages[0].content[0].text"],
    [{ messages: [{ role: "user", content: [{}] }] }, "messages[0].content[0]"],
    [{ messages: [{ role: "user", content: [{ image: {} }] }] }, "content[0].image.format"],
    [{ toolConfig: {} }, "toolConfig.tools"],
    [{ inferenceConfig: { maxTokens: "x" } }, "inferenceConfig.maxTokens"],
    [
      { outputConfig: { textFormat: { structure: { jsonSchema: { schema: "{" } } } } },
      "outputConfig.textFormat.structure.jsonSchema.schema",
    ],
  ])("%j is refused by name", (wire, path) => {
    expect(() => decodeRequest({ messages: [hi], ...wire })).toThrow(path);
  });
});

describe("options reach a Bedrock client's own body", () => {
  const wire = { messages: [hi], inferenceConfig: { topP: 0.5 }, unheard: 1 };

  test("beside what it says, and only where they change something", () => {
    expect(patchRequest(wire, { maxTokens: 9, temperature: 0.1 })).toEqual({
      ...wire,
      inferenceConfig: { topP: 0.5, maxTokens: 9, temperature: 0.1 },
    });
    const patch = { topP: 0.5, model: "m", stream: true, includeUsage: true };
    expect(patchRequest(wire, patch)).toBe(wire);
  });

  test("top_k under the client's name, else under the model's", () => {
    const model = "amazon.nova-pro-v1:0";
    expect(patchRequest(wire, { topK: 4, model }).additionalModelRequestFields).toEqual({
      inferenceConfig: { topK: 4 },
    });
    const own = { ...wire, additionalModelRequestFields: { top_k: 1 } };
    expect(patchRequest(own, { topK: 4, model }).additionalModelRequestFields).toEqual({
      top_k: 4,
    });
    expect(patchRequest(wire, { topK: 4, model: "meta.llama3-8b" })).toBe(wire);
  });
});

test.each([
  ["/model/amazon.nova-pro-v1%3A0/converse", { model: "amazon.nova-pro-v1:0", stream: false }],
  [
    "/llm/model/amazon.nova-pro-v1:0/converse-stream",
    { model: "amazon.nova-pro-v1:0", stream: true },
  ],
  [
    "/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Ainference-profile%2Fx/converse",
    { model: "arn:aws:bedrock:eu:1:inference-profile/x", stream: false },
  ],
  ["/model/m/invoke", undefined],
  ["/model/%zz/converse", undefined],
])("the path %s names model and mode", (path, call) => {
  expect(readConversePath(path)).toEqual(call as typeof call & {});
});
