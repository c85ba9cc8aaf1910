import { Mistral } from "@mistralai/mistralai";
import type {
  AssistantMessage,
  ChatCompletionRequest,
  ContentChunk,
  ToolCall,
  UsageInfo,
} from "@mistralai/mistralai/models/components";
import { MistralError } from "@mistralai/mistralai/models/errors";
import { CITY_SCHEMA, PNG, type Sdk, type SdkAnswer, type SdkQuestion, TOOLS } from "../sdk.ts";

type Message = ChatCompletionRequest["messages"][number];

const FILES = {
  image: { type: "image_url", imageUrl: `data:image/png;base64,${PNG}` },
  document: { type: "document_url", documentUrl: "https://example.com/a.pdf" },
} as const;

function requestOf(question: SdkQuestion): Omit<ChatCompletionRequest, "stream"> {
  const { tools, isStructured, maxTokens } = question;
  return {
    model: "mistral-small-latest",
    messages: messagesOf(question),
    ...(tools && {
      tools: tools.map((name) => ({
        type: "function" as const,
        function: { name, parameters: { ...TOOLS[name] } },
      })),
    }),
    ...(isStructured && {
      responseFormat: {
        type: "json_schema",
        jsonSchema: { name: "city", schemaDefinition: { ...CITY_SCHEMA } },
      },
    }),
    ...(maxTokens !== undefined && { maxTokens }),
  };
}

function messagesOf({ turns, file, after }: SdkQuestion): Message[] {
  const messages = turns.map(({ role, text }, at): Message => {
    if (role !== "user" || !file || at < turns.length - 1) return { role, content: text };
    return { role, content: [{ type: "text", text }, FILES[file]] };
  });
  if (!after) return messages;
  const { answer, results = [], text } = after;
  messages.push({ ...(answer.own as AssistantMessage), role: "assistant" });
  for (const [at, content] of results.entries()) {
    messages.push({ role: "tool", toolCallId: answer.calls[at]?.id ?? "", content });
  }
  if (text !== undefined) messages.push({ role: "user", content: text });
  return messages;
}

const clientAt = (lab: string) =>
  new Mistral({ apiKey: "lab", serverURL: `${lab}/mistral`, retryConfig: { strategy: "none" } });

function answerOf(
  content: string | readonly ContentChunk[],
  toolCalls: readonly ToolCall[],
  finish: string | null | undefined,
  usage: UsageInfo | undefined,
): SdkAnswer {
  const chunks = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  const thoughts = chunks.flatMap((chunk) => (chunk.type === "thinking" ? chunk.thinking : []));
  return {
    text: chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join(""),
    reasoning: thoughts.map((part) => ("text" in part ? part.text : "")).join(""),
    calls: toolCalls.map(({ id = "", function: { name, arguments: input } }) => ({
      id,
      name,
      input: typeof input === "string" ? JSON.parse(input) : input,
    })),
    finish: finish ?? "",
    inputTokens: usage?.promptTokens ?? 0,
    outputTokens: usage?.completionTokens ?? 0,
    own: { content, ...(toolCalls.length > 0 && { toolCalls }) },
  };
}

/** The same as `ask` would: text in one piece, thinking before it. */
function joinedContent(pieces: readonly (string | readonly ContentChunk[])[]) {
  const text = pieces.map((piece) => (typeof piece === "string" ? piece : "")).join("");
  const thinking = pieces.flatMap((piece) => (typeof piece === "string" ? [] : piece));
  return thinking.length === 0 ? text : [...thinking, { type: "text" as const, text }];
}

export const mistral: Sdk = {
  name: "@mistralai/mistralai",
  words: { stop: "stop", length: "length", tools: "tool_calls" },
  async ask(lab, question) {
    const { choices, usage } = await clientAt(lab).chat.complete(requestOf(question));
    const { message, finishReason } = choices[0] ?? {};
    return answerOf(message?.content ?? "", message?.toolCalls ?? [], finishReason, usage);
  },
  async stream(lab, question) {
    const events = await Array.fromAsync(await clientAt(lab).chat.stream(requestOf(question)));
    const deltas = events.flatMap(({ data }) => data.choices.map(({ delta }) => delta));
    const last = events.at(-1)?.data;
    return answerOf(
      joinedContent(deltas.map(({ content }) => content ?? "")),
      deltas.flatMap(({ toolCalls }) => toolCalls ?? []),
      last?.choices[0]?.finishReason,
      last?.usage,
    );
  },
  statusOf: (error) => (error instanceof MistralError ? error.statusCode : undefined),
};
