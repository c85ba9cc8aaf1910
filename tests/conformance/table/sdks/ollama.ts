import { type ChatRequest, type ChatResponse, type Message, Ollama } from "ollama";
import { CITY_SCHEMA, PNG, type Sdk, type SdkAnswer, type SdkQuestion, TOOLS } from "../sdk.ts";

function requestOf(question: SdkQuestion) {
  const { tools, isStructured, maxTokens } = question;
  return {
    model: "llama3.2",
    messages: messagesOf(question),
    ...(tools && {
      tools: tools.map((name) => ({
        type: "function",
        function: { name, parameters: structuredClone(TOOLS[name]) as object },
      })),
    }),
    ...(isStructured && { format: CITY_SCHEMA }),
    ...(maxTokens !== undefined && { options: { num_predict: maxTokens } }),
  } satisfies ChatRequest;
}

function messagesOf({ turns, file, after }: SdkQuestion): Message[] {
  const messages = turns.map(({ role, text }, at): Message => {
    const isLast = at === turns.length - 1;
    return { role, content: text, ...(file === "image" && isLast && { images: [PNG] }) };
  });
  if (!after) return messages;
  const { answer, results = [], text } = after;
  messages.push(answer.own as Message);
  for (const [at, content] of results.entries()) {
    messages.push({ role: "tool", tool_name: answer.calls[at]?.name ?? "", content });
  }
  if (text !== undefined) messages.push({ role: "user", content: text });
  return messages;
}

function answerOf(lines: readonly ChatResponse[]): SdkAnswer {
  const last = lines.at(-1);
  const text = lines.map(({ message }) => message.content).join("");
  const thinking = lines.map(({ message }) => message.thinking ?? "").join("");
  const calls = lines.flatMap(({ message }) => message.tool_calls ?? []);
  return {
    text,
    reasoning: thinking,
    calls: calls.map(({ function: { name, arguments: input } }, at) => ({
      id: String(at),
      name,
      input,
    })),
    finish: last?.done_reason ?? "",
    inputTokens: last?.prompt_eval_count ?? 0,
    outputTokens: last?.eval_count ?? 0,
    own: {
      role: "assistant",
      content: text,
      ...(thinking !== "" && { thinking }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  };
}

export const ollama: Sdk = {
  name: "ollama",
  words: { stop: "stop", length: "length", tools: "stop" },
  cannot: { document: "Ollama takes no documents" },
  ask: async (lab, question) =>
    answerOf([await new Ollama({ host: lab }).chat(requestOf(question))]),
  stream: async (lab, question) => {
    const stream = await new Ollama({ host: lab }).chat({ ...requestOf(question), stream: true });
    return answerOf(await Array.fromAsync(stream));
  },
  statusOf: (error) =>
    error instanceof Error && "status_code" in error ? error.status_code : undefined,
};
