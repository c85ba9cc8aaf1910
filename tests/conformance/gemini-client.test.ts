import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiError, GoogleGenAI } from "@google/genai";
import { GatewayError } from "../../src/chat/error.ts";
import { expand } from "../../src/chat/expand.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import { geminiGenerate } from "../../src/formats/gemini/format.ts";
import { readGeneratePath } from "../../src/formats/gemini/wire.ts";
import { CONTEXT, encodeStream } from "../laws/format-laws.ts";

const ANSWER: ChatResponse = {
  id: "r-1",
  model: "gpt-5",
  choices: [
    {
      content: [
        {
          type: "reasoning",
          text: "Let me see.",
          signature: "c2ln",
          signer: "google-gemini-v1",
        },
        { type: "text", text: "It is ‘warm’ in 東京." },
        { type: "tool-call", id: "call_1", name: "find", arguments: '{"a":[1,"b"]}' },
      ],
      finishReason: "tool_calls",
      rawFinishReason: "tool_calls",
    },
  ],
  usage: {
    promptTokens: 10,
    completionTokens: 7,
    totalTokens: 17,
    reasoningTokens: 3,
    cachedTokens: 4,
  },
};

const BROKEN = new GatewayError("upstream_reset", "The connection broke.");

/** Answers with what the client side writes, as the gateway would. */
function answer(request: Request): Response {
  const asked = readGeneratePath(new URL(request.url).pathname);
  if (asked?.model === "missing") {
    const error = new GatewayError("not_found", "There is no such model.");
    return Response.json(geminiGenerate.encodeError(error, "req-1"), { status: error.status });
  }
  if (!asked?.stream) return Response.json(geminiGenerate.encodeResponse(ANSWER, CONTEXT));
  const events = expand(ANSWER);
  const broken = [...events.slice(0, 4), { type: "error", error: BROKEN } as const];
  const bytes = encodeStream(geminiGenerate, asked.model === "broken" ? broken : events);
  return new Response(bytes, { headers: { "content-type": geminiGenerate.streamContentType } });
}

let server: Bun.Server<undefined>;
let client: GoogleGenAI;

beforeAll(() => {
  server = Bun.serve({ port: 0, fetch: answer });
  client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: server.url.origin } });
});
afterAll(() => server.stop(true));

const call = { name: "find", id: "call_1", args: { a: [1, "b"] } };
const usage = {
  promptTokenCount: 10,
  candidatesTokenCount: 4,
  totalTokenCount: 17,
  cachedContentTokenCount: 4,
  thoughtsTokenCount: 3,
};

describe("what a Gemini client is told", () => {
  test("is read whole by Google's own client", async () => {
    const reply = await client.models.generateContent({ model: "m", contents: "Hi" });
    expect(reply.text).toBe("It is ‘warm’ in 東京.");
    expect(reply.functionCalls).toEqual([call]);
    expect(reply.candidates?.[0]?.finishReason).toBe("STOP" as never);
    expect(reply.candidates?.[0]?.content?.parts?.[0]).toMatchObject({
      thought: true,
      thoughtSignature: "c2ln",
    });
    expect(reply.usageMetadata as unknown).toEqual(usage);
    expect(reply).toMatchObject({ modelVersion: "gpt-5", responseId: "r-1" });
  });

  test("is read as a stream by Google's own client", async () => {
    const stream = await client.models.generateContentStream({ model: "m", contents: "Hi" });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map((chunk) => chunk.text ?? "").join("")).toBe("It is ‘warm’ in 東京.");
    expect(chunks.flatMap((chunk) => chunk.functionCalls ?? [])).toEqual([call]);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP" as never);
    expect(chunks.at(-1)?.usageMetadata as unknown).toEqual(usage);
  });

  test("is kept by its chat as a turn that can go back", async () => {
    const chat = client.chats.create({ model: "m" });
    for await (const _ of await chat.sendMessageStream({ message: "Hi" }));
    const turns = geminiGenerate.decodeRequest({
      contents: JSON.parse(JSON.stringify(chat.getHistory(true))),
    }).messages;
    expect(turns.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(turns[1]?.content as unknown).toEqual(ANSWER.choices[0]?.content);
  });

  test("an error is thrown by Google's own client, before and inside a stream", async () => {
    const missing = client.models.generateContent({ model: "missing", contents: "Hi" });
    const refused = await missing.catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ status: 404 });
    const stream = await client.models.generateContentStream({ model: "broken", contents: "Hi" });
    const broken = await Array.fromAsync(stream).catch((error: unknown) => error);
    expect(broken).toBeInstanceOf(ApiError);
    expect(broken).toMatchObject({ status: 502 });
  });
});
