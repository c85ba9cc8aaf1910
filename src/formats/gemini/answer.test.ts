import { describe, expect, test } from "bun:test";
import { collect } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";
import { geminiGenerate } from "./format.ts";

function decode(chunks: readonly object[], contentType = "text/event-stream"): ChatEvent[] {
  const text =
    contentType === "text/event-stream"
      ? chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join("")
      : JSON.stringify(chunks);
  const decoder = geminiGenerate.streamDecoder({ contentType });
  return [...decoder.push(new TextEncoder().encode(text)), ...decoder.end()];
}

const saying = (text: string, more: object = {}) => ({
  candidates: [{ content: { parts: [{ text }], role: "model" }, ...more }],
});

const STOP = { finishReason: "STOP" };

describe("answers", () => {
  test("thoughts, text and calls are blocks, and signatures stay with their parts", () => {
    const parts = [
      { text: "Hm", thought: true },
      { text: "", thought: true, thoughtSignature: "t1" },
      { text: "It is " },
      { text: "warm." },
      { text: "", thoughtSignature: "t2" },
      { functionCall: { name: "f", args: { a: 1 } }, thoughtSignature: "t3" },
      { functionCall: { name: "g" } },
    ];
    const answer = geminiGenerate.decodeResponse({
      candidates: [{ content: { parts }, ...STOP }],
      responseId: "r/1",
    });
    expect(answer.choices[0]).toEqual({
      content: [
        { type: "reasoning", text: "Hm", signature: "t1", signer: "google-gemini-v1" },
        { type: "text", text: "It is warm." },
        { type: "text", text: "", signature: "t2" },
        { type: "tool-call", id: "call_0_r1", name: "f", arguments: '{"a":1}', signature: "t3" },
        { type: "tool-call", id: "call_1_r1", name: "g", arguments: "{}" },
      ],
      finishReason: "tool_calls",
      rawFinishReason: "STOP",
    });
  });

  test.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["RECITATION", "content_filter"],
    ["BLOCKLIST", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
    ["SPII", "content_filter"],
    ["IMAGE_SAFETY", "content_filter"],
    ["MALFORMED_FUNCTION_CALL", "stop"],
    ["SOMETHING_NEW", "stop"],
  ])("%s finishes as %s", (raw, reason) => {
    const answer = geminiGenerate.decodeResponse(saying("a", { finishReason: raw }));
    expect(answer.choices[0]).toMatchObject({ finishReason: reason, rawFinishReason: raw });
  });

  test("a prompt that was not let through is one choice without content", () => {
    const wire = {
      promptFeedback: { blockReason: "SAFETY" },
      usageMetadata: { promptTokenCount: 2 },
    };
    const expected = { content: [], finishReason: "content_filter", rawFinishReason: "SAFETY" };
    expect(geminiGenerate.decodeResponse(wire).choices as unknown[]).toEqual([expected]);
    expect(collect(decode([wire])).choices as unknown[]).toEqual([expected]);
    const told = { promptFeedback: { blockReason: "OTHER", blockReasonMessage: "Not this." } };
    expect(geminiGenerate.decodeResponse(told).choices[0]?.content).toEqual([
      { type: "refusal", text: "Not this." },
    ]);
  });

  test("an answer without candidates is none", () => {
    expect(() => geminiGenerate.decodeResponse({ usageMetadata: {} })).toThrow(
      "no generation candidates received from Gemini, or max_tokens too short",
    );
  });

  test("pictures and code are told as Markdown", () => {
    const parts = [
      { executableCode: { language: "PYTHON", code: "1+1" } },
      { codeExecutionResult: { outcome: "OUTCOME_OK", output: "2\n" } },
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
    ];
    const answer = geminiGenerate.decodeResponse({ candidates: [{ content: { parts }, ...STOP }] });
    expect(answer.choices[0]?.content).toEqual([
      {
        type: "text",
        text: "\n```python\n1+1\n```\n\n```\n2\n```\n![](data:image/png;base64,AAAA)",
      },
    ]);
  });

  test("sounds and other files are pointed to, a file without a type is shown", () => {
    const parts = [
      { inlineData: { mimeType: "audio/wav", data: "AAAA" } },
      { fileData: { mimeType: "video/mp4", fileUri: "https://a.example/b" } },
      { fileData: { fileUri: "https://a.example/c" } },
    ];
    const answer = geminiGenerate.decodeResponse({ candidates: [{ content: { parts }, ...STOP }] });
    expect(answer.choices[0]?.content).toEqual([
      {
        type: "text",
        text: "[audio](data:audio/wav;base64,AAAA)[video](https://a.example/b)![](https://a.example/c)",
      },
    ]);
  });

  test("what Google's own tools were asked and said is reasoning, and signatures of code are kept", () => {
    const toolCall = { id: "1", toolType: "GOOGLE_SEARCH_WEB", args: { queries: ["a"] } };
    const parts = [
      { toolCall, thoughtSignature: "s1" },
      { toolResponse: { id: "1", response: { hits: 1 } }, thoughtSignature: "s2" },
      { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "s3" },
      { text: "So.", thoughtSignature: "s4" },
    ];
    const answer = geminiGenerate.decodeResponse({ candidates: [{ content: { parts }, ...STOP }] });
    const signer = "google-gemini-v1";
    expect(answer.choices[0]?.content).toEqual([
      {
        type: "reasoning",
        text: `\n\`\`\`json\n${JSON.stringify({ toolCall })}\n\`\`\`\n`,
        signature: "s1",
        signer,
      },
      {
        type: "reasoning",
        text: '\n```json\n{"toolResponse":{"id":"1","response":{"hits":1}}}\n```\n',
        signature: "s2",
        signer,
      },
      { type: "reasoning", text: "", signature: "s3", signer },
      { type: "text", text: "\n```python\n1\n```\n" },
      { type: "text", text: "So.", signature: "s4" },
    ]);
  });

  test("a whole candidate that does not say why it ended stopped by itself, where it said anything", () => {
    const said = (parts: JsonObject[]) =>
      geminiGenerate.decodeResponse({ candidates: [{ content: { parts } }] });
    expect(said([{ text: "a" }]).choices[0]?.finishReason).toBe("stop");
    expect(said([{ functionCall: { name: "f" } }]).choices[0]?.finishReason).toBe("tool_calls");
    expect(() => said([])).toThrow("no generation candidates received from Gemini");
  });

  test("sources come with the last chunk, their offsets in bytes", () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: "https://a.example/", title: "A" } }],
      groundingSupports: [
        { segment: { startIndex: 6, endIndex: 10, text: "warm" }, groundingChunkIndices: [0] },
      ],
    };
    const events = decode([
      saying("Día "),
      saying(" warm"),
      saying("", { ...STOP, groundingMetadata }),
    ]);
    expect(collect(events).choices[0]?.content).toEqual([
      {
        type: "text",
        text: "Día  warm",
        annotations: [
          {
            type: "citation",
            title: "A",
            url: "https://a.example/",
            quote: "warm",
            start: 5,
            end: 9,
          },
        ],
      },
    ]);
  });

  const sourced = (...segments: JsonObject[]): JsonObject => ({
    groundingChunks: [{ web: { uri: "https://a.example/" } }],
    groundingSupports: segments.map((segment) => ({ segment, groundingChunkIndices: [0] })),
  });
  const hello = { startIndex: 0, endIndex: 5, text: "Hello" };
  const rangesOf = (content: readonly { annotations?: readonly Annotation[] }[] = []) =>
    content.map(({ annotations = [] }) => annotations.map(({ start, end }) => [start, end]));

  test.each<[string, JsonObject[], JsonObject, unknown]>([
    [
      "a signature of its own after the text",
      [{ text: "Hello world" }, { text: "", thoughtSignature: "s" }],
      sourced(hello, { text: "without a place" }),
      [
        [
          [0, 5],
          [undefined, undefined],
        ],
        [],
      ],
    ],
    [
      "a text whose end is signed",
      [{ text: "Hello " }, { text: "wörld", thoughtSignature: "s" }],
      sourced(hello, { startIndex: 6, endIndex: 12, text: "wörld" }, { endIndex: 12 }),
      [
        [
          [0, 5],
          [0, 11],
        ],
        [[0, 5]],
      ],
    ],
    [
      "a part that is not the first",
      [
        { text: "Dïe. " },
        { text: "Hm", thought: true },
        { executableCode: { language: "PYTHON", code: "1" } },
        { text: "Hello" },
      ],
      sourced({ ...hello, partIndex: 3 }),
      [[], [], [[17, 22]]],
    ],
    [
      "a part that its words alone tell",
      [{ text: "I will look." }, { text: "Hm", thought: true }, { text: "Hello" }],
      sourced(hello),
      [[], [], [[0, 5]]],
    ],
  ])("a source stands with its words: %s", (_, parts, groundingMetadata, expected) => {
    const candidate = { ...STOP, groundingMetadata };
    const { choices } = geminiGenerate.decodeResponse({
      candidates: [{ content: { parts }, ...candidate }],
    });
    expect(rangesOf(choices[0]?.content as never)).toEqual(expected as never);
  });

  test("a source that is told when its words have ended counts back to them", () => {
    const part = (one: object, more: object = {}) => ({
      candidates: [{ content: { parts: [one] }, ...more }],
    });
    const groundingMetadata = sourced(hello);
    const events = decode([
      part({ text: "Hello " }),
      part({ text: "world", thoughtSignature: "s" }),
      part({ text: "" }, { ...STOP, groundingMetadata }),
    ]);
    const { choices } = collect(events);
    expect(rangesOf(choices[0]?.content as never)).toEqual([[], [[-6, -1]]]);
  });

  test("arguments that come in pieces become one call", () => {
    const piece = (functionCall: object, more: object = {}) => ({
      candidates: [{ content: { parts: [{ functionCall, ...more }] } }],
    });
    const events = decode([
      piece({ name: "f", id: "c", willContinue: true }, { thoughtSignature: "s" }),
      piece({
        partialArgs: [{ jsonPath: "$.city", stringValue: "Lis", willContinue: true }],
        willContinue: true,
      }),
      piece({
        partialArgs: [
          { jsonPath: "$.city", stringValue: "bon" },
          { jsonPath: "$.days[0]['n']", numberValue: 3 },
        ],
        willContinue: true,
      }),
      piece({}),
      saying("", STOP),
    ]);
    const text = '{"city":"Lisbon","days":[{"n":3}]}';
    expect(collect(events).choices[0]?.content).toEqual([
      { type: "tool-call", id: "c", name: "f", arguments: text, signature: "s" },
    ]);
  });
});

describe("streams", () => {
  test("usage is a running total, also after the finish", () => {
    const events = decode([
      { ...saying("a"), usageMetadata: { promptTokenCount: 2, totalTokenCount: 2 } },
      saying("b", STOP),
      {
        candidates: [],
        usageMetadata: {
          promptTokenCount: 2,
          toolUsePromptTokenCount: 1,
          candidatesTokenCount: 3,
          thoughtsTokenCount: 4,
          cachedContentTokenCount: 1,
          totalTokenCount: 10,
          trafficType: "ON_DEMAND",
        },
      },
    ]);
    expect(collect(events).usage).toEqual({
      promptTokens: 3,
      completionTokens: 7,
      totalTokens: 10,
      cachedTokens: 1,
      reasoningTokens: 4,
      serviceTier: "ON_DEMAND",
    });
  });

  test("an array, a lone object and events say the same", () => {
    const chunk = { ...saying("Hi", STOP), responseId: "r" };
    const events = decode([chunk]);
    expect(decode([chunk], "application/json")).toEqual(events);
    const decoder = geminiGenerate.streamDecoder({ contentType: "application/json" });
    const bytes = new TextEncoder().encode(JSON.stringify(chunk));
    expect([...decoder.push(bytes), ...decoder.end()]).toEqual(events);
  });

  test("a stream that stops before the finish is truncated", () => {
    for (const type of ["text/event-stream", "application/json"]) {
      const last = decode([saying("a")], type).at(-1);
      expect(last).toMatchObject({ type: "error", error: { code: "upstream_truncated" } });
    }
  });

  test("an error inside a stream is the vendor's", () => {
    const error = { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" };
    for (const type of ["text/event-stream", "application/json"]) {
      expect(decode([saying("a"), { error }], type).at(-1)).toMatchObject({
        type: "error",
        error: { code: "upstream_overloaded", message: "The model is overloaded." },
      });
    }
  });

  test("an error is told to the client as Google tells it", () => {
    const encoder = geminiGenerate.streamEncoder({
      model: "m",
      requestId: "r",
      created: 1,
      includeUsage: false,
    });
    const error = new GatewayError("upstream_reset", "The connection broke.");
    expect(encoder.push({ type: "error", error })).toEqual([
      'data: {"error":{"code":502,"message":"The connection broke.","status":"UNAVAILABLE"}}\n\n',
    ]);
    expect(encoder.end()).toEqual([]);
  });
});

describe("errors", () => {
  test("a wrong key is a 400 of its own kind", () => {
    const details = [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" },
    ];
    const body = { error: { code: 400, message: "Bad key", status: "INVALID_ARGUMENT", details } };
    expect(geminiGenerate.decodeError(400, body)).toMatchObject({
      code: "unauthenticated",
      status: 400,
      vendor: { type: "INVALID_ARGUMENT", code: "API_KEY_INVALID" },
    });
  });

  test("a quota tells when to come back, also as an array of one", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" }];
    const body = [
      { error: { code: 429, message: "Quota", status: "RESOURCE_EXHAUSTED", details } },
    ];
    expect(geminiGenerate.decodeError(429, body)).toMatchObject({
      code: "rate_limited",
      retryAfterMs: 1500,
    });
  });

  test("what is no error of Google's is never repeated", () => {
    expect(geminiGenerate.decodeError(502, "<html>secret</html>").message).toBe(
      "unreadable reply (status 502)",
    );
  });

  test("the gateway's own error has Google's shape", () => {
    const error = new GatewayError("rate_limited", "Slow down.");
    expect(geminiGenerate.encodeError(error, "req-9")).toEqual({
      error: {
        code: 429,
        message: "Slow down.",
        status: "RESOURCE_EXHAUSTED",
        details: [{ "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId: "req-9" }],
      },
    });
  });
});
