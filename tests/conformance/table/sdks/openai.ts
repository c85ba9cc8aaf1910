import OpenAI, { APIError } from "openai";
import {
  CITY_SCHEMA,
  PDF,
  PNG,
  type Sdk,
  type SdkAnswer,
  type SdkQuestion,
  TOOLS,
} from "../sdk.ts";

type Body = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.Chat.ChatCompletionMessageParam;

const FILES = {
  image: { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
  document: {
    type: "file",
    file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` },
  },
} as const;

function bodyOf(question: SdkQuestion): Body {
  const { tools, isStructured, maxTokens } = question;
  return {
    model: "gpt-4o-mini",
    messages: messagesOf(question),
    ...(tools && {
      tools: tools.map((name) => ({
        type: "function" as const,
        function: { name, parameters: { ...TOOLS[name] } },
      })),
    }),
    ...(isStructured && {
      response_format: {
        type: "json_schema",
        json_schema: { name: "city", schema: { ...CITY_SCHEMA } },
      },
    }),
    ...(maxTokens !== undefined && { max_completion_tokens: maxTokens }),
  };
}

function messagesOf({ turns, file, after }: SdkQuestion): Message[] {
  const messages = turns.map(({ role, text }, at): Message => {
    if (role !== "user" || !file || at < turns.length - 1) return { role, content: text };
    return { role, content: [{ type: "text", text }, FILES[file]] };
  });
  if (!after) return messages;
  const { answer, results = [], text } = after;
  messages.push(answer.own as Message);
  for (const [at, content] of results.entries()) {
    messages.push({ role: "tool", tool_call_id: answer.calls[at]?.id ?? "", content });
  }
  if (text !== undefined) messages.push({ role: "user", content: text });
  return messages;
}

const clientAt = (lab: string) =>
  new OpenAI({ baseURL: `${lab}/v1`, apiKey: "lab", maxRetries: 0 });

function answerOf(
  message: OpenAI.Chat.ChatCompletionMessage,
  finish: string,
  usage: OpenAI.CompletionUsage | null | undefined,
): SdkAnswer {
  const calls = (message.tool_calls ?? []).flatMap((call) =>
    call.type === "function"
      ? [{ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) }]
      : [],
  );
  return {
    text: message.content ?? "",
    reasoning: "",
    calls,
    finish,
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    own: message,
  };
}

export const openai: Sdk = {
  name: "openai",
  cannot: { "reasoning round trip": "OpenAI's chat completions say nothing of their reasoning" },
  words: { stop: "stop", length: "length", tools: "tool_calls" },
  async ask(lab, question) {
    const { choices, usage } = await clientAt(lab).chat.completions.create(bodyOf(question));
    const [choice] = choices;
    if (!choice) throw new Error("no choice");
    return answerOf(choice.message, choice.finish_reason, usage);
  },
  async stream(lab, question) {
    const stream = clientAt(lab).chat.completions.stream({
      ...bodyOf(question),
      stream: true,
      stream_options: { include_usage: true },
    });
    const { choices, usage } = await stream.finalChatCompletion();
    const [choice] = choices;
    if (!choice) throw new Error("no choice");
    return answerOf(choice.message, choice.finish_reason, usage);
  },
  statusOf: (error) => (error instanceof APIError ? error.status : undefined),
};
