import { type Cohere, CohereClientV2, CohereError } from "cohere-ai";
import { CITY_SCHEMA, PNG, type Sdk, type SdkAnswer, type SdkQuestion, TOOLS } from "../sdk.ts";

function requestOf(question: SdkQuestion): Cohere.V2ChatRequest {
  const { tools, isStructured, maxTokens, isThinking } = question;
  return {
    model: "command-a-03-2025",
    messages: messagesOf(question),
    ...(tools && {
      tools: tools.map((name) => ({
        type: "function" as const,
        function: { name, parameters: { ...TOOLS[name] } },
      })),
    }),
    ...(isStructured && {
      responseFormat: { type: "json_object" as const, jsonSchema: { ...CITY_SCHEMA } },
    }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(isThinking && { thinking: { type: "enabled" as const } }),
  };
}

function messagesOf({ turns, file, after }: SdkQuestion): Cohere.ChatMessageV2[] {
  const messages = turns.map(({ role, text }, at): Cohere.ChatMessageV2 => {
    if (role !== "user" || file !== "image" || at < turns.length - 1) {
      return { role, content: text };
    }
    const url = `data:image/png;base64,${PNG}`;
    return {
      role,
      content: [
        { type: "text", text },
        { type: "image_url", imageUrl: { url } },
      ],
    };
  });
  if (!after) return messages;
  const { answer, results = [], text } = after;
  messages.push(answer.own as Cohere.ChatMessageV2.Assistant);
  for (const [at, content] of results.entries()) {
    messages.push({ role: "tool", toolCallId: answer.calls[at]?.id ?? "", content });
  }
  if (text !== undefined) messages.push({ role: "user", content: text });
  return messages;
}

const clientAt = (lab: string) =>
  new CohereClientV2({ token: "lab", environment: lab, maxRetries: 0 });

function answerOf(
  message: Cohere.AssistantMessageResponse,
  finish: string | undefined,
  usage: Cohere.Usage | undefined,
): SdkAnswer {
  const items = message.content ?? [];
  return {
    text: items.map((item) => (item.type === "text" ? item.text : "")).join(""),
    reasoning: items.map((item) => (item.type === "thinking" ? item.thinking : "")).join(""),
    calls: (message.toolCalls ?? []).map((call) => ({
      id: call.id,
      name: call.function?.name ?? "",
      input: JSON.parse(call.function?.arguments ?? "{}"),
    })),
    finish: finish ?? "",
    inputTokens: usage?.billedUnits?.inputTokens ?? 0,
    outputTokens: usage?.billedUnits?.outputTokens ?? 0,
    own: { ...message, role: "assistant" },
  };
}

interface Call {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** The message as it would have come whole. */
function messageOf(events: readonly Cohere.V2ChatStreamResponse[]) {
  const items: { type: string; text: string }[] = [];
  const toolCalls: Call[] = [];
  for (const event of events) {
    if (event.type === "content-start") {
      const { type = "text" } = event.delta?.message?.content ?? {};
      items[event.index ?? 0] = { type, text: "" };
    } else if (event.type === "content-delta") {
      const { text = "", thinking = "" } = event.delta?.message?.content ?? {};
      const item = items[event.index ?? 0];
      if (item) item.text += text + thinking;
    } else if (event.type === "tool-call-start") {
      const call = event.delta?.message?.toolCalls;
      const { name = "", arguments: begun = "" } = call?.function ?? {};
      toolCalls.push({
        id: call?.id ?? "",
        type: "function",
        function: { name, arguments: begun },
      });
    } else if (event.type === "tool-call-delta") {
      const more = event.delta?.message?.toolCalls?.function?.arguments ?? "";
      const last = toolCalls.at(-1);
      if (last) last.function.arguments += more;
    }
  }
  const content = items.map(({ type, text }) =>
    type === "thinking"
      ? { type: "thinking" as const, thinking: text }
      : { type: "text" as const, text },
  );
  return { role: "assistant" as const, content, toolCalls };
}

export const cohere: Sdk = {
  name: "cohere-ai",
  words: { stop: "COMPLETE", length: "MAX_TOKENS", tools: "TOOL_CALL" },
  cannot: { document: "Cohere takes no files" },
  async ask(lab, question) {
    const { message, finishReason, usage } = await clientAt(lab).chat(requestOf(question));
    return answerOf(message, finishReason, usage);
  },
  async stream(lab, question) {
    const stream = await clientAt(lab).chatStream(requestOf(question));
    const events = await Array.fromAsync(stream);
    const end = events.find((event) => event.type === "message-end");
    const { finishReason, usage } = end?.delta ?? {};
    return answerOf(messageOf(events), finishReason, usage);
  },
  statusOf: (error) => (error instanceof CohereError ? error.statusCode : undefined),
};
