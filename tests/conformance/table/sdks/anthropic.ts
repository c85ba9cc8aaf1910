import Anthropic, { APIError } from "@anthropic-ai/sdk";
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

type Body = Anthropic.MessageCreateParamsNonStreaming;

const FILES = {
  image: { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
  document: {
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: PDF },
  },
} as const;

function bodyOf(question: SdkQuestion): Body {
  const { turns, tools, isStructured, maxTokens, isThinking } = question;
  const { system } = parted(turns);
  return {
    // The SDK warns of names that it knows to be old.
    model: "plain",
    max_tokens: maxTokens ?? 2048,
    messages: messagesOf(question),
    ...(system.length > 0 && { system: system.join("\n") }),
    ...(tools && {
      tools: tools.map((name) => ({
        name,
        input_schema: { ...TOOLS[name], required: [...TOOLS[name].required] },
      })),
    }),
    ...(isStructured && {
      output_config: { format: { type: "json_schema", schema: { ...CITY_SCHEMA } } },
    }),
    ...(isThinking && { thinking: { type: "enabled", budget_tokens: 1024 } }),
  };
}

function messagesOf({ turns, file, after }: SdkQuestion): Anthropic.MessageParam[] {
  const { spoken } = parted(turns);
  const messages = spoken.map(({ role, text }, at): Anthropic.MessageParam => {
    if (!file || at < spoken.length - 1) return { role, content: text };
    return { role, content: [{ type: "text", text }, FILES[file]] };
  });
  if (!after) return messages;
  const { answer, results = [], text } = after;
  messages.push({ role: "assistant", content: answer.own as Anthropic.ContentBlock[] });
  const given = results.map((content, at) => ({
    type: "tool_result" as const,
    tool_use_id: answer.calls[at]?.id ?? "",
    content,
  }));
  messages.push({ role: "user", content: text ?? given });
  return messages;
}

const clientAt = (lab: string) => new Anthropic({ baseURL: lab, apiKey: "lab", maxRetries: 0 });

function answerOf({ content, stop_reason, usage }: Anthropic.Message): SdkAnswer {
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    calls: content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    finish: stop_reason ?? "",
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    own: content,
  };
}

export const anthropic: Sdk = {
  name: "@anthropic-ai/sdk",
  words: { stop: "end_turn", length: "max_tokens", tools: "tool_use" },
  ask: async (lab, question) => answerOf(await clientAt(lab).messages.create(bodyOf(question))),
  stream: async (lab, question) =>
    answerOf(await clientAt(lab).messages.stream(bodyOf(question)).finalMessage()),
  statusOf: (error) => (error instanceof APIError ? error.status : undefined),
};
