import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  type Message,
  type TokenUsage,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import {
  CITY_SCHEMA,
  PDF,
  PNG,
  parted,
  type Sdk,
  type SdkAnswer,
  type SdkQuestion,
  TOOLS,
} from "../sdk.ts";

const FILES = {
  image: { image: { format: "png", source: { bytes: Buffer.from(PNG, "base64") } } },
  document: {
    document: { format: "pdf", name: "a", source: { bytes: Buffer.from(PDF, "base64") } },
  },
} as const;

function inputOf(question: SdkQuestion): ConverseCommandInput {
  const { turns, tools, isStructured, maxTokens } = question;
  const { system } = parted(turns);
  return {
    modelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    messages: messagesOf(question),
    ...(system.length > 0 && { system: system.map((text) => ({ text })) }),
    ...(tools && {
      toolConfig: {
        tools: tools.map((name) => ({
          toolSpec: { name, inputSchema: { json: structuredClone(TOOLS[name]) as never } },
        })),
      },
    }),
    ...(isStructured && {
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { name: "city", schema: JSON.stringify(CITY_SCHEMA) } },
        },
      },
    }),
    ...(maxTokens !== undefined && { inferenceConfig: { maxTokens } }),
  };
}

function messagesOf({ turns, file, after }: SdkQuestion): Message[] {
  const { spoken } = parted(turns);
  const messages = spoken.map(({ role, text }, at): Message => {
    const content: ContentBlock[] = [{ text }];
    if (file && at === spoken.length - 1) content.push(FILES[file]);
    return { role, content };
  });
  if (!after) return messages;
  const { answer, results = [], text } = after;
  messages.push({ role: "assistant", content: answer.own as ContentBlock[] });
  const given = results.map((result, at) => ({
    toolResult: { toolUseId: answer.calls[at]?.id ?? "", content: [{ text: result }] },
  }));
  messages.push({ role: "user", content: text === undefined ? given : [{ text }] });
  return messages;
}

const clientAt = (lab: string) =>
  new BedrockRuntimeClient({
    endpoint: lab,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDLAB", secretAccessKey: "lab" },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });

function answerOf(
  content: readonly ContentBlock[],
  finish: string | undefined,
  usage: TokenUsage | undefined,
): SdkAnswer {
  return {
    text: content.map(({ text = "" }) => text).join(""),
    reasoning: content
      .map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? "")
      .join(""),
    calls: content.flatMap(({ toolUse: use }) =>
      use ? [{ id: use.toolUseId ?? "", name: use.name ?? "", input: use.input }] : [],
    ),
    finish: finish ?? "",
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    own: content,
  };
}

/** Blocks as they would have come whole. */
function blocksOf(events: readonly ConverseStreamOutput[]): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  const inputs = new Map<number, string>();
  for (const { contentBlockStart: start, contentBlockDelta: delta } of events) {
    const at = start?.contentBlockIndex ?? delta?.contentBlockIndex ?? 0;
    const use = start?.start?.toolUse;
    if (use) blocks[at] = { toolUse: { ...use, input: {} } };
    const { text, toolUse, reasoningContent: thought } = delta?.delta ?? {};
    if (text !== undefined) blocks[at] = { text: (blocks[at]?.text ?? "") + text };
    if (toolUse) inputs.set(at, (inputs.get(at) ?? "") + (toolUse.input ?? ""));
    if (!thought) continue;
    const before = blocks[at]?.reasoningContent?.reasoningText;
    const signature = thought.signature ?? before?.signature;
    const whole = (before?.text ?? "") + (thought.text ?? "");
    blocks[at] = {
      reasoningContent: {
        reasoningText: { text: whole, ...(signature !== undefined && { signature }) },
      },
    };
  }
  for (const [at, input] of inputs) {
    const use = blocks[at]?.toolUse;
    if (use) blocks[at] = { toolUse: { ...use, input: JSON.parse(input) } };
  }
  return blocks;
}

export const bedrock: Sdk = {
  name: "@aws-sdk/client-bedrock-runtime",
  words: { stop: "end_turn", length: "max_tokens", tools: "tool_use" },
  cannot: { "error 401": "AWS answers 403 to keys that it does not know" },
  async ask(lab, question) {
    const { output, stopReason, usage } = await clientAt(lab).send(
      new ConverseCommand(inputOf(question)),
    );
    return answerOf(output?.message?.content ?? [], stopReason, usage);
  },
  async stream(lab, question) {
    const { stream } = await clientAt(lab).send(new ConverseStreamCommand(inputOf(question)));
    const events = await Array.fromAsync(stream ?? []);
    const stop = events.find(({ messageStop }) => messageStop)?.messageStop?.stopReason;
    const usage = events.find(({ metadata }) => metadata)?.metadata?.usage;
    return answerOf(blocksOf(events), stop, usage);
  },
  statusOf: (error) =>
    error instanceof BedrockRuntimeServiceException ? error.$metadata.httpStatusCode : undefined,
};
