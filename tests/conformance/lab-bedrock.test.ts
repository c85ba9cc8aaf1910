import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  type Message,
  type ToolConfiguration,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { awsCredentials } from "../../src/credentials/aws/aws-credentials.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: BedrockRuntimeClient;

beforeAll(async () => {
  lab = await startLab({ keys: ["AKIDLAB:lab-secret", "bedrock-api-key"] });
  client = clientWith("AKIDLAB", "lab-secret");
});
afterAll(() => lab.stop());

function clientWith(accessKeyId: string, secretAccessKey: string): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: lab.url,
    region: "eu-west-1",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
}

const CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const asking = (text: string): Message[] => [{ role: "user", content: [{ text }] }];

const converse = (input: Partial<ConverseCommandInput> & { modelId: string }) =>
  client.send(new ConverseCommand({ messages: asking("Hi, Ada"), ...input }));

async function stream(
  input: Partial<ConverseCommandInput> & { modelId: string },
): Promise<ConverseStreamOutput[]> {
  const reply = await client.send(
    new ConverseStreamCommand({ messages: asking("Hi, Ada"), ...input }),
  );
  return Array.fromAsync(reply.stream ?? []);
}

const textOf = (content: readonly ContentBlock[] | undefined) =>
  (content ?? []).map((block) => block.text ?? "").join("");

const weather: ToolConfiguration = {
  tools: [
    {
      toolSpec: {
        name: "get_weather",
        inputSchema: {
          json: {
            type: "object",
            properties: { city: { type: "string" } },
            required: ["city"],
            additionalProperties: false,
          },
        },
      },
    },
  ],
};

describe("the lab, asked by the AWS SDK", () => {
  test("answers a conversation whose request is signed", async () => {
    const reply = await converse({
      modelId: CLAUDE,
      system: [{ text: "Be brief." }, { cachePoint: { type: "default" } }],
      messages: [
        ...asking("Hello"),
        { role: "assistant", content: [{ text: "Hello." }] },
        ...asking("Hi, Ada"),
      ],
      serviceTier: { type: "flex" },
    });
    expect(textOf(reply.output?.message?.content)).toContain("Hi, Ada");
    expect(reply.stopReason).toBe("end_turn");
    expect(reply.metrics?.latencyMs).toBeNumber();
    expect(reply.serviceTier?.type).toBe("flex");
    const { inputTokens = 0, outputTokens = 0, totalTokens } = reply.usage ?? {};
    expect(totalTokens).toBe(inputTokens + outputTokens);
  });

  test("takes an ARN for a model, encoded once in the path that is signed", async () => {
    const modelId =
      "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
    const reply = await converse({ modelId });
    expect(reply.stopReason).toBe("end_turn");
    expect(lab.requests.at(-1)?.path).toContain("inference-profile%2Feu.amazon.nova-lite-v1%3A0");
  });

  test("takes what the gateway's own credential signs", async () => {
    const credential = awsCredentials(
      { aws_access_key_id: "AKIDLAB", aws_secret_access_key: "lab-secret" },
      { aws_region: "eu-west-1" },
      { env: {}, nowMs: Date.now, report: () => {} },
    );
    const model = encodeURIComponent("arn:aws:bedrock:eu-west-1:1:prompt-router/a*b (c):1");
    const url = `${lab.url}/model/${model}/converse?x=1%2F2&a=b%20c`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ messages: asking("Größe 東京") });
    const request = { method: "POST", url, headers, body };
    const signed = { ...headers, ...(await credential.authorize(request)) };
    expect((await fetch(url, { ...request, headers: signed })).status).toBe(200);
    const changed = { ...request, headers: signed, body: body.replace("東京", "京都") };
    expect((await fetch(url, changed)).status).toBe(403);
  });

  test("streams the text and usage it answers at once", async () => {
    for (const modelId of ["plain", "lab/multibyte", "lab/reasoning", "lab/split-every-byte"]) {
      const whole = await converse({ modelId });
      const events = await stream({ modelId });
      const texts = events.map((event) => event.contentBlockDelta?.delta?.text ?? "");
      expect(texts.join("")).toBe(textOf(whole.output?.message?.content));
      expect(events[0]?.messageStart?.role).toBe("assistant");
      expect(events.at(-2)?.messageStop?.stopReason).toBe(whole.stopReason ?? ("" as never));
      expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
    }
  });

  test("thinks, and takes its thought back only as it was", async () => {
    const first = await converse({ modelId: "lab/reasoning" });
    const content = first.output?.message?.content ?? [];
    const thought = content[0]?.reasoningContent?.reasoningText;
    expect(thought?.signature).toBeString();
    const again = (text: string | undefined): Message[] => [
      ...asking("Hi, Ada"),
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { ...thought, text } } },
          ...content.slice(1),
        ],
      },
      ...asking("Go on"),
    ];
    const second = await converse({ modelId: "plain", messages: again(thought?.text) });
    expect(second.stopReason).toBe("end_turn");
    expect(converse({ modelId: "plain", messages: again("else") })).rejects.toThrow("signature");
  });

  test("calls tools, one or two at once, and quotes their results", async () => {
    const messages = asking("How warm is it in Lisbon and in Oslo, both at once?");
    const first = await converse({ modelId: CLAUDE, messages, toolConfig: weather });
    const calls = (first.output?.message?.content ?? []).flatMap((block) => block.toolUse ?? []);
    expect(first.stopReason).toBe("tool_use");
    expect(calls).toHaveLength(2);
    expect(calls[0]?.input).toEqual({ city: "Lisbon" });

    const events = await stream({ modelId: CLAUDE, messages, toolConfig: weather });
    const starts = events.flatMap((event) => event.contentBlockStart?.start?.toolUse ?? []);
    expect(starts.map(({ name }) => name)).toEqual(["get_weather", "get_weather"]);
    const input = events
      .filter((event) => event.contentBlockDelta?.contentBlockIndex === 0)
      .map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? "");
    expect(JSON.parse(input.join(""))).toEqual({ city: "Lisbon" });

    const results: ContentBlock[] = calls.map((call, n) => ({
      toolResult: {
        toolUseId: call.toolUseId,
        status: n === 0 ? "success" : "error",
        content: n === 0 ? [{ json: { degrees: 21 } }] : [{ text: "no sensor" }],
      },
    }));
    const second = await converse({
      modelId: CLAUDE,
      toolConfig: weather,
      messages: [
        ...messages,
        { role: "assistant", content: first.output?.message?.content },
        { role: "user", content: results },
      ],
    });
    expect(textOf(second.output?.message?.content)).toContain('“{"degrees":21}” and “no sensor”');
  });

  test("sees an image and a document", async () => {
    const reply = await converse({
      modelId: CLAUDE,
      messages: [
        {
          role: "user",
          content: [
            { text: "What are these?" },
            { image: { format: "png", source: { bytes: new Uint8Array([1, 2, 3]) } } },
            {
              document: {
                format: "pdf",
                name: "report",
                source: { bytes: new Uint8Array([4, 5]) },
              },
            },
          ],
        },
      ],
    });
    expect(textOf(reply.output?.message?.content)).toContain(
      "an image of type image/png with 3 bytes and a file of type document/pdf with 2 bytes",
    );
  });

  test("answers in the form of a schema", async () => {
    const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    const reply = await converse({
      modelId: CLAUDE,
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { name: "who", schema: JSON.stringify(schema) } },
        },
      },
    });
    expect(JSON.parse(textOf(reply.output?.message?.content))).toEqual({
      name: expect.any(String),
    });
  });

  test("stops for every reason", async () => {
    const reasons = await Promise.all([
      converse({ modelId: "plain" }),
      converse({ modelId: "plain", inferenceConfig: { maxTokens: 3 } }),
      converse({ modelId: "plain", inferenceConfig: { stopSequences: ["Ada"] } }),
      converse({ modelId: "plain", toolConfig: weather }),
      converse({ modelId: "lab/content-filter" }),
      converse({
        modelId: "lab/content-filter",
        guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
      }),
    ]);
    expect(reasons.map(({ stopReason }) => stopReason as string)).toEqual([
      "end_turn",
      "max_tokens",
      "stop_sequence",
      "tool_use",
      "content_filtered",
      "guardrail_intervened",
    ]);
  });

  test("counts cached tokens apart", async () => {
    const { usage } = await converse({ modelId: "lab/cached" });
    expect(usage?.cacheReadInputTokens).toBeGreaterThan(0);
    expect(usage?.totalTokens).toBe(
      (usage?.inputTokens ?? 0) + (usage?.cacheReadInputTokens ?? 0) + (usage?.outputTokens ?? 0),
    );
  });

  test.each([
    ["400", "ValidationException", 400],
    ["403", "AccessDeniedException", 403],
    ["404", "ResourceNotFoundException", 404],
    ["408", "ModelTimeoutException", 408],
    ["429", "ThrottlingException", 429],
    ["500", "InternalServerException", 500],
    ["503", "ServiceUnavailableException", 503],
  ])("refuses with %s as the SDK's %s", async (trait, name, status) => {
    for (const attempt of [converse, stream]) {
      const error = await attempt({ modelId: `lab/${trait}` }).catch((caught) => caught);
      expect(error.name).toBe(name);
      expect(error.$metadata.httpStatusCode).toBe(status);
    }
  });

  test("breaks a stream with an exception", async () => {
    const error = await stream({ modelId: "lab/error-in-stream" }).catch((caught) => caught);
    expect(error.name).toMatch(/internalServerException/i);
  });

  test("holds requests to the rules of a conversation", async () => {
    const wrong: [Message[], string][] = [
      [[{ role: "assistant", content: [{ text: "Hi" }] }], "start with a user message"],
      [[...asking("a"), ...asking("b")], "alternate between user and assistant"],
      [asking("  "), "is blank"],
      [
        [
          ...asking("a"),
          {
            role: "assistant",
            content: [{ toolUse: { toolUseId: "t", name: "get_weather", input: {} } }],
          },
          ...asking("b"),
        ],
        "toolConfig field must be defined",
      ],
    ];
    for (const [messages, sentence] of wrong) {
      expect(converse({ modelId: CLAUDE, messages })).rejects.toThrow(sentence);
    }
    const hot = converse({ modelId: CLAUDE, inferenceConfig: { temperature: 2 } });
    expect(hot).rejects.toThrow("less than or equal to 1");
  });

  test("refuses a signature by the wrong secret, an unknown key, and a wrong API key", async () => {
    const command = new ConverseCommand({ modelId: "plain", messages: asking("Hi") });
    expect(clientWith("AKIDLAB", "other").send(command)).rejects.toThrow(
      "signature we calculated does not match",
    );
    expect(clientWith("AKIDELSE", "lab-secret").send(command)).rejects.toThrow("security token");
    const url = `${lab.url}/model/plain/converse`;
    const body = JSON.stringify({ messages: asking("Hi") });
    const withKey = (key: string) =>
      fetch(url, { method: "POST", body, headers: { authorization: `Bearer ${key}` } });
    expect((await withKey("bedrock-api-key")).status).toBe(200);
    expect((await withKey("other")).status).toBe(403);
  });
});
