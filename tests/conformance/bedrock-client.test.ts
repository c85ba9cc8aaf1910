import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { GatewayError } from "../../src/chat/error.ts";
import { expand } from "../../src/chat/expand.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import { bedrockConverse } from "../../src/formats/bedrock/format.ts";
import { CONTEXT, encodeStream } from "../laws/format-laws.ts";

const ANSWER: ChatResponse = {
  id: "r-1",
  model: "gpt-5",
  choices: [
    {
      content: [
        { type: "reasoning", text: "Let me see.", signature: "c2ln" },
        { type: "reasoning", text: "", redacted: "not_base64-but-opaque" },
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
    cachedTokens: 4,
    cacheWriteTokens: { "5m": 1 },
    serviceTier: "flex",
  },
};

const BROKEN = new GatewayError("upstream_overloaded", "The model is busy.");

/** Answers with what the client side writes, as the gateway would. */
function answer(request: Request): Response {
  const [, model, operation] = /\/model\/(.+)\/(.+)$/.exec(new URL(request.url).pathname) ?? [];
  if (model === "missing") {
    const error = new GatewayError("not_found", "There is no such model.");
    return Response.json(bedrockConverse.encodeError(error, "req-1"), { status: error.status });
  }
  if (operation === "converse") {
    return Response.json(bedrockConverse.encodeResponse(ANSWER, CONTEXT));
  }
  const events = expand(ANSWER);
  const broken = [...events.slice(0, 9), { type: "error", error: BROKEN } as const];
  const bytes = encodeStream(bedrockConverse, model === "broken" ? broken : events);
  return new Response(bytes, { headers: { "content-type": bedrockConverse.streamContentType } });
}

let server: Bun.Server<undefined>;
let client: BedrockRuntimeClient;

beforeAll(() => {
  server = Bun.serve({ port: 0, fetch: answer });
  client = new BedrockRuntimeClient({
    endpoint: server.url.origin,
    region: "eu-west-1",
    credentials: { accessKeyId: "k", secretAccessKey: "s" },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
});
afterAll(() => server.stop(true));

const input = (modelId: string) => ({
  modelId,
  messages: [{ role: "user" as const, content: [{ text: "Hi" }] }],
});

async function stream(modelId: string): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  const reply = await client.send(new ConverseStreamCommand(input(modelId)));
  for await (const event of reply.stream ?? []) events.push(event);
  return events;
}

const usage = {
  inputTokens: 5,
  outputTokens: 7,
  totalTokens: 17,
  cacheReadInputTokens: 4,
  cacheWriteInputTokens: 1,
  cacheDetails: [{ ttl: "5m", inputTokens: 1 }],
};

describe("what a Bedrock client is told", () => {
  test("is read whole by the AWS SDK", async () => {
    const reply = await client.send(new ConverseCommand(input("m")));
    const [thought, sealed, text, call] = reply.output?.message?.content ?? [];
    expect(thought?.reasoningContent?.reasoningText).toEqual({
      text: "Let me see.",
      signature: "c2ln",
    });
    expect(sealed?.reasoningContent?.redactedContent).toBeInstanceOf(Uint8Array);
    expect(text?.text).toBe("It is ‘warm’ in 東京.");
    expect(call?.toolUse).toEqual({ toolUseId: "call_1", name: "find", input: { a: [1, "b"] } });
    expect(reply.stopReason).toBe("tool_use");
    expect(reply.usage as unknown).toEqual(usage);
    expect(reply.serviceTier?.type).toBe("flex");
    expect(reply.metrics?.latencyMs).toBeNumber();
  });

  test("is read as a stream, in Bedrock's order", async () => {
    const events = await stream("m");
    expect(events.map((event) => Object.keys(event)[0] ?? "")).toEqual([
      "messageStart",
      "contentBlockDelta",
      "contentBlockDelta",
      "contentBlockStop",
      "contentBlockDelta",
      "contentBlockStop",
      "contentBlockDelta",
      "contentBlockStop",
      "contentBlockStart",
      "contentBlockDelta",
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
    const deltas = events.flatMap((event) => event.contentBlockDelta ?? []);
    expect(deltas.map(({ contentBlockIndex }) => contentBlockIndex)).toEqual([0, 0, 1, 2, 3]);
    expect(deltas[3]?.delta?.text).toBe("It is ‘warm’ in 東京.");
    expect(deltas[4]?.delta?.toolUse?.input).toBe('{"a":[1,"b"]}');
    expect(events.at(-2)?.messageStop?.stopReason).toBe("tool_use");
    expect(events.at(-1)?.metadata?.usage as unknown).toEqual(usage);
  });

  test("of an error is thrown by its name, whole or in a stream", async () => {
    const missing = await stream("missing").catch((error) => error);
    expect(missing.name).toBe("ResourceNotFoundException");
    expect(missing.message).toBe("There is no such model.");
    const broken = await stream("broken").catch((error) => error);
    expect(broken.name).toBe("ServiceUnavailableException");
    expect(broken.message).toBe("The model is busy.");
  });
});
