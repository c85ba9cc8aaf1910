import { describe, expect, test } from "bun:test";
import type { AssistantPart, Message } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { geminiGenerate } from "./format.ts";
import { readGeneratePath } from "./wire.ts";

const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };

function chat(members: Partial<ChatRequest>): ChatRequest {
  return { kind: "chat", model: "gemini-2.5-flash", messages: [user], stream: false, ...members };
}

const encode = (members: Partial<ChatRequest>) => geminiGenerate.encodeRequest(chat(members));
const noticesOf = (members: Partial<ChatRequest>) =>
  encode(members).notices.map(({ kind, field }) => `${kind} ${field}`);

function calling(...content: AssistantPart[]): Message[] {
  return [user, { role: "assistant", content }];
}

const call = { type: "tool-call", id: "c1", name: "find", arguments: '{"a":1}' } as const;

describe("a conversation in Gemini's words", () => {
  test("instructions alone are sent as the user's", () => {
    const content = [{ type: "text", text: "Say hi" }] as const;
    const { wire, notices } = encode({ messages: [{ role: "system", content }] });
    expect(wire).toEqual({ contents: [{ role: "user", parts: [{ text: "Say hi" }] }] });
    expect(notices).toHaveLength(1);
  });

  test("Gemini 1.0 takes no instructions", () => {
    const system: Message = { role: "system", content: [{ type: "text", text: "Be" }] };
    expect(() => encode({ model: "gemini-1.0-pro", messages: [system, user] })).toThrow(
      "system prompts aren't supported on gemini-1.0 models",
    );
  });

  test("a message without content and an address too short to be one are refused", () => {
    const empty: Message = { role: "user", content: [] };
    expect(() => encode({ messages: [user, empty] })).toThrow(
      "message at position 2 does not match expected array format",
    );
    const source = { kind: "url", url: "a.png" } as const;
    const short: Message = {
      role: "user",
      content: [{ type: "file", mediaType: "image/*", source }],
    };
    expect(() => encode({ messages: [short] })).toThrow("image URL is less than 10 bytes");
  });

  test("empty texts are left out, and turns of nothing else with them", () => {
    const empty = { type: "text", text: "" } as const;
    const said: Message = { role: "assistant", content: [{ type: "text", text: "Yes?" }] };
    const system: Message = { role: "system", content: [empty] };
    const signed = { ...empty, signature: "c2ln" };
    const last: Message = { role: "user", content: [empty, { type: "text", text: "So" }, signed] };
    const { wire, notices } = encode({
      messages: [system, user, said, system, { role: "user", content: [empty] }, said, last],
    });
    expect(wire).toEqual({
      contents: [
        { role: "user", parts: [{ text: "Hi" }] },
        { role: "model", parts: [{ text: "Yes?" }, { text: "Yes?" }] },
        { role: "user", parts: [{ text: "So" }, { text: "", thoughtSignature: "c2ln" }] },
      ],
    });
    expect(notices).toEqual([]);
    const alone = encode({ model: "gemini-1.0-pro", messages: [system, user] });
    expect(alone.wire).toEqual({ contents: [{ role: "user", parts: [{ text: "Hi" }] }] });
  });

  test("a file that another vendor stores is refused by its place", () => {
    const source = { kind: "id", id: "file-abc" } as const;
    const content = [{ type: "file", mediaType: "application/pdf", source }] as const;
    expect(() => encode({ messages: [{ role: "user", content }] })).toThrow(
      "messages[0].content[0]",
    );
  });

  test("a type that nothing tells is assumed, and that is said", () => {
    const source = { kind: "url", url: "https://example.com/cat" } as const;
    const content = [{ type: "file", mediaType: "image/*", source }] as const;
    const { wire, notices } = encode({ messages: [{ role: "user", content }] });
    expect(wire).toHaveProperty("contents[0].parts[0].fileData.mimeType", "image/jpeg");
    expect(notices).toHaveLength(1);
  });

  test("arguments keep their digits, and are an object whatever they were", () => {
    const long = { ...call, arguments: '{"id":12345678901234567890}' };
    expect(JSON.stringify(encode({ messages: calling(long) }).wire)).toContain(
      '"args":{"id":12345678901234567890}',
    );
    const free = { ...call, arguments: "find it" };
    const { wire, notices } = encode({ messages: calling(free) });
    expect(wire).toHaveProperty("contents[1].parts[0].functionCall.args", { input: "find it" });
    expect(notices).toHaveLength(1);
  });

  test("a result finds its function's name by id; without a call the id stands in", () => {
    const result: Message = {
      role: "tool",
      callId: "c1",
      content: [{ type: "text", text: "[1]" }],
    };
    const { wire } = encode({ messages: [...calling(call), result] });
    expect(wire).toHaveProperty("contents[2].parts[0].functionResponse", {
      id: "c1",
      name: "find",
      response: { result: [1] },
    });
    const alone = encode({ messages: [{ ...result, callId: "c 9" }] });
    expect(alone.wire).toHaveProperty("contents[0].parts[0].functionResponse.name", "c_9");
    expect(alone.notices).toHaveLength(1);
  });

  test("a failed result stands under error, a file in a result goes with it or after it", () => {
    const source = { kind: "base64", data: "AAAA" } as const;
    const result: Message = {
      role: "tool",
      callId: "c1",
      failed: true,
      content: [
        { type: "text", text: "no" },
        { type: "file", mediaType: "image/png", source },
      ],
    };
    const older = encode({ messages: [...calling(call), result] });
    expect(older.wire).toHaveProperty("contents[2].parts[0].functionResponse.response", {
      error: "no",
    });
    expect(older.wire).toHaveProperty("contents[2].parts[1].inlineData.data", "AAAA");
    const model = "gemini-3-pro-preview";
    const newer = encode({ model, messages: [...calling({ ...call, signature: "c2ln" }), result] });
    expect(newer.wire).toHaveProperty("contents[2].parts[0].functionResponse.parts[0].inlineData");
    expect(newer.notices).toEqual([]);
  });

  test("Gemini 3 gets a word for the signature that another model's call lacks", () => {
    const model = "gemini-3-flash";
    const other = { ...call, id: "c2" };
    const { wire, notices } = encode({ model, messages: calling(call, other) });
    expect(wire).toHaveProperty(
      "contents[1].parts[0].thoughtSignature",
      "skip_thought_signature_validator",
    );
    expect(wire).not.toHaveProperty("contents[1].parts[1].thoughtSignature");
    expect(notices).toHaveLength(1);
    const signed = encode({ model, messages: calling({ ...call, signature: "c2ln" }, other) });
    expect(signed.wire).toHaveProperty("contents[1].parts[0].thoughtSignature", "c2ln");
    expect(signed.notices).toEqual([]);
  });
});

describe("reasoning of earlier turns", () => {
  const thought = { type: "reasoning", text: "Hm", signature: "c2ln" } as const;

  test("another vendor's signature, or nobody's, is left out and told", () => {
    for (const part of [thought, { ...thought, signer: "anthropic-claude-v1" }]) {
      const members = { messages: calling(part, call) };
      expect(encode(members).wire).toHaveProperty("contents[1].parts[0]", {
        text: "Hm",
        thought: true,
      });
      expect(noticesOf(members)).toEqual(["dropped messages[1].content[0].signature"]);
    }
    const bare = { messages: calling({ ...thought, text: "" }, call) };
    expect(encode(bare).wire).not.toHaveProperty("contents[1].parts[1]");
  });

  test("its own goes back", () => {
    const messages = calling({ ...thought, signer: "google-gemini-v1" }, call);
    const { wire, notices } = encode({ messages });
    expect(wire).toHaveProperty("contents[1].parts[0].thoughtSignature", "c2ln");
    expect(notices).toEqual([]);
  });
});

describe("options in Gemini's words", () => {
  test.each([
    ["gemini-2.5-flash", "none", { thinkingBudget: 0 }],
    ["gemini-2.5-flash", "low", { thinkingBudget: 1024, includeThoughts: true }],
    ["gemini-2.5-flash", "medium", { thinkingBudget: 8192, includeThoughts: true }],
    ["gemini-2.5-pro", "none", { thinkingBudget: 128 }],
    ["gemini-3-flash-preview", "minimal", { thinkingLevel: "minimal", includeThoughts: true }],
    ["gemini-3.1-pro-preview", "minimal", { thinkingLevel: "low", includeThoughts: true }],
    ["gemini-3-flash-preview", "none", { thinkingLevel: "minimal" }],
    ["gemini-3-flash-preview", "max", { thinkingLevel: "high", includeThoughts: true }],
  ] as const)("%s at effort %s", (model, effort, expected) => {
    const { wire } = encode({ model, reasoning: { effort } });
    expect(wire).toHaveProperty("generationConfig.thinkingConfig", expected);
  });

  test("a budget outside a model's range is moved into it, and that is said", () => {
    const members = { model: "gemini-2.5-flash-lite", reasoning: { budgetTokens: 500 } };
    expect(encode(members).wire).toHaveProperty(
      "generationConfig.thinkingConfig.thinkingBudget",
      512,
    );
    expect(noticesOf(members)).toEqual(["approximated reasoning.budgetTokens"]);
  });

  test("Gemini's own members beside another dialect's are merged through", () => {
    const extra = {
      generation_config: { responseModalities: ["TEXT"], thinkingConfig: { thinkingBudget: 9 } },
      cachedContent: "cachedContents/1",
      labels: { team_name: "a" },
      metadata: {},
    };
    const { wire, notices } = encode({
      extra,
      extraFormat: "openai-chat",
      reasoning: { effort: "low" },
    });
    expect(wire).toMatchObject({ cachedContent: "cachedContents/1", labels: { team_name: "a" } });
    expect(wire).toHaveProperty("generationConfig", {
      responseModalities: ["TEXT"],
      thinkingConfig: { thinkingBudget: 1024, includeThoughts: true },
    });
    expect(notices.map(({ field }) => field)).toEqual(["metadata"]);
  });

  test("Google's tools pass in any client's list, other vendors' do not", () => {
    const vendor = (wire: object) => ({ type: "vendor", format: "openai-chat", wire }) as never;
    const tools = [vendor({ type: "x", google_search: {} }), vendor({ type: "web_search" })];
    expect(encode({ tools }).wire).toHaveProperty("tools", [{ googleSearch: {} }]);
    expect(noticesOf({ tools })).toEqual(["dropped tools[1]"]);
  });

  test("a choice among functions goes only where there are functions", () => {
    const search = { type: "vendor", format: "openai-chat", wire: { google_search: {} } } as const;
    const other = { type: "vendor", format: "openai-chat", wire: { type: "web_search" } } as const;
    const f = { type: "function", name: "f" } as const;
    const choice = (type: "auto" | "none" | "required") => ({ toolChoice: { type } });
    for (const members of [
      { tools: [search], ...choice("auto") },
      { tools: [], ...choice("auto") },
      { tools: [], ...choice("none") },
      choice("none"),
    ]) {
      expect(encode(members).wire).not.toHaveProperty("toolConfig");
      expect(noticesOf(members)).toEqual([]);
    }
    expect(noticesOf({ tools: [search], ...choice("none") })).toEqual(["dropped tool_choice"]);
    expect(noticesOf({ tools: [search], ...choice("required") })).toEqual(["dropped tool_choice"]);
    const gone = { tools: [other], toolChoice: { type: "tool", name: "f" } as const };
    expect(noticesOf(gone)).toEqual(["dropped tools[0]", "dropped tool_choice"]);
    expect(encode({ tools: [search, f], ...choice("auto") }).wire).toMatchObject({
      toolConfig: { functionCallingConfig: { mode: "AUTO" } },
    });
    const extra = { toolConfig: { functionCallingConfig: { mode: "ANY" }, retrievalConfig: {} } };
    const own = { tools: [search], extra, extraFormat: "openai-chat" };
    expect(encode(own).wire.toolConfig).toEqual({ retrievalConfig: {} });
    expect(noticesOf(own)).toEqual(["dropped toolConfig.functionCallingConfig"]);
  });

  test("a seed beyond 32 bits and an unknown tier are told", () => {
    expect(noticesOf({ seed: 2 ** 40 + 1, serviceTier: "scale" })).toEqual([
      "approximated seed",
      "dropped service_tier",
    ]);
    expect(encode({ serviceTier: "default" }).wire.serviceTier).toBe("standard");
  });
});

describe("a client that speaks Gemini's dialect", () => {
  test("one object or a text may stand for a list", () => {
    const one = geminiGenerate.decodeRequest({
      contents: { parts: { text: "Hi" } },
      systemInstruction: { parts: { text: "Be" } },
    });
    expect(one.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(geminiGenerate.decodeRequest({ contents: "Hi" }).messages).toEqual([user]);
  });

  test("a wrong member is refused by its place", () => {
    expect(() => geminiGenerate.decodeRequest({ contents: [{ parts: [{ text: 1 }] }] })).toThrow(
      "contents[0].parts[0].text must be a string",
    );
    expect(() => geminiGenerate.decodeRequest({})).toThrow("contents is required");
  });

  test("a request comes back as it was, with members that have no seat", () => {
    const wire = {
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      cachedContent: "cachedContents/1",
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        {
          role: "user",
          parts: [{ text: "Hi" }, { inlineData: { mimeType: "a/b", data: "AA==" } }],
        },
        {
          role: "model",
          parts: [
            { text: "Hm", thought: true },
            { functionCall: { id: "c", name: "f", args: { a: [1] } }, thoughtSignature: "c2ln" },
          ],
        },
        {
          role: "user",
          parts: [{ functionResponse: { id: "c", name: "f", response: { hits: 2 } } }],
        },
      ],
      tools: [{ functionDeclarations: [{ name: "f", description: "d" }] }, { googleSearch: {} }],
      toolConfig: {
        retrievalConfig: { languageCode: "de" },
        functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] },
      },
      generationConfig: {
        responseModalities: ["TEXT"],
        temperature: 0.5,
        stopSequences: ["END"],
        responseMimeType: "application/json",
        responseJsonSchema: { type: "object", additionalProperties: { type: "string" } },
        thinkingConfig: { thinkingBudget: 2000, includeThoughts: false },
      },
      serviceTier: "flex",
    };
    const chat = geminiGenerate.decodeRequest(wire);
    const encoded = geminiGenerate.encodeRequest({ ...chat, model: "gemini-3-flash" });
    expect(encoded).toEqual({ wire, notices: [] });
  });

  test("options are patched under the client's names, and nothing else is touched", () => {
    const wire = { contents: [], generation_config: { top_k: 3, max_output_tokens: 9 }, other: 1 };
    expect(geminiGenerate.patchRequest(wire, { model: "m", stream: true, maxTokens: 9 })).toBe(
      wire,
    );
    expect(geminiGenerate.patchRequest(wire, { maxTokens: 5, topP: 0.5 })).toEqual({
      contents: [],
      generation_config: { top_k: 3, max_output_tokens: 5, topP: 0.5 },
      other: 1,
    });
  });

  test.each([
    ["/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", false],
    ["/ai/v1beta/models/lab%2Fecho:streamGenerateContent", "lab/echo", true],
    ["/v1beta/models/lab/echo:generateContent", "lab/echo", false],
    ["/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent", "m", true],
    ["/v1/projects/p/locations/l/endpoints/7:generateContent", "endpoints/7", false],
  ])("%s names model and mode", (path, model, stream) => {
    expect(readGeneratePath(path)).toEqual({ model, stream });
  });

  test("other operations are none of its paths", () => {
    expect(readGeneratePath("/v1beta/models/m:countTokens")).toBeUndefined();
    expect(readGeneratePath("/v1beta/models/%ff:generateContent")).toBeUndefined();
  });
});

test.each([
  ["system_instruction", { systemInstruction: { parts: [] }, system_instruction: { parts: [] } }],
  [
    "generationConfig.max_output_tokens",
    { generationConfig: { maxOutputTokens: 1, max_output_tokens: 999 } },
  ],
])("%s beside the same in the other spelling is refused", (name, twice) => {
  const contents = [{ role: "user", parts: [{ text: "hi" }] }];
  expect(() => geminiGenerate.decodeRequest({ contents, ...twice })).toThrow(`${name} is`);
});
