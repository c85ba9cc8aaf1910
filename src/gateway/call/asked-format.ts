import { anthropicMessages } from "../../formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../formats/bedrock/format.ts";
import { cohereChat } from "../../formats/cohere/chat/format.ts";
import { geminiGenerate } from "../../formats/gemini/format.ts";
import { ollamaChat } from "../../formats/ollama/chat/format.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import { openaiResponses } from "../../formats/openai/responses/format.ts";
import { FORMATS } from "../../formats/registry.ts";
import { huggingfaceGenerate } from "../../formats/tgi/huggingface/format.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import type { Call } from "./call.ts";

/** What a client seems to speak, by the address it calls: for telling it in its own dialect that nobody listens. */
export interface AskedFormat {
  readonly format: WireFormat;
  /** What was asked for, as its vendor calls it; undefined where that is not known. */
  readonly operation: string | undefined;
}

interface Address {
  /** Of the path in lower case, without doubled slashes and without one at its end. */
  readonly path: RegExp;
  readonly format: WireFormat;
  readonly operation: string;
}

/** The first that fits. The addresses are those of the vendors' references, below any prefix. */
const ADDRESSES: readonly Address[] = [
  {
    path: /\/messages\/batches(?:\/|$)/,
    format: anthropicMessages,
    operation: "Anthropic's Message Batches",
  },
  { path: /\/messages(?:\/|$)/, format: anthropicMessages, operation: "Anthropic's Messages" },
  { path: /\/v1\/complete$/, format: anthropicMessages, operation: "Anthropic's Text Completions" },
  {
    path: /:(?:stream)?(?:raw)?(?:generatecontent|predict(?:longrunning)?)$/,
    format: geminiGenerate,
    operation: "Gemini's generateContent",
  },
  { path: /:\w*embedcontents?$/, format: geminiGenerate, operation: "Gemini's embedContent" },
  {
    path: /\/v1(?:alpha|beta)\d?(?:\/|$)|\/v1\/projects\/|\/models\/[^/]+:\w+$/,
    format: geminiGenerate,
    operation: "Gemini's API",
  },
  {
    path: /\/model\/[^/]+(?:\/[^/]+)*\/(?:converse|invoke)(?:-\w+)*$/,
    format: bedrockConverse,
    operation: "Bedrock's Converse and InvokeModel",
  },
  {
    path: /\/api\/(?:chat|generate|tags|embed|embeddings|show|ps|version|pull|push|create|copy|delete|blobs)(?:\/|$)/,
    format: ollamaChat,
    operation: "Ollama's own API",
  },
  {
    path: /\/v[12]\/(?:chat|generate|embed|rerank|classify|tokenize|detokenize|summarize)$/,
    format: cohereChat,
    operation: "Cohere's API",
  },
  {
    path: /\/(?:generate|generate_stream)$/,
    format: huggingfaceGenerate,
    operation: "text-generation-inference's API",
  },
  {
    path: /\/v1\/(?:fim\/completions|agents\/completions|ocr|classifications)$/,
    format: openaiChat,
    operation: "This part of Mistral's API",
  },
  { path: /\/responses(?:\/|$)/, format: openaiResponses, operation: "OpenAI's Responses" },
  {
    path: /\/(?:assistants|threads|files|batches|audio|images|moderations|fine_tuning|realtime|vector_stores|conversations|videos|uploads|containers|evals)(?:\/|$)/,
    format: openaiChat,
    operation: "This part of OpenAI's API",
  },
];

/** Headers that one vendor's clients alone send. */
const HEADERS: readonly (readonly [name: string, format: WireFormat])[] = [
  ["anthropic-version", anthropicMessages],
  ["x-goog-api-key", geminiGenerate],
  ["x-goog-api-client", geminiGenerate],
  ["x-amz-date", bedrockConverse],
];

/** The dialect in which a client is told of what goes wrong before anybody has read its request. */
export function formatFor({ prompt, request }: Pick<Call, "prompt" | "request">): WireFormat {
  return prompt?.format ?? askedFormat(request.path, request.headers).format;
}

/** Whether a call only asks how long a prompt is. */
export function asksForTokenCount({ request: { path, method } }: Pick<Call, "request">): boolean {
  if (method !== "POST") return false;
  return FORMATS.some(({ tokenCount }) => tokenCount?.isAsked(path));
}

/** `path` as it came, without its query. OpenAI's dialect where nothing speaks for another. */
export function askedFormat(path: string, headers: { has(name: string): boolean }): AskedFormat {
  const plain = path
    .toLowerCase()
    .replace(/\/{2,}/g, "/")
    .replace(/\/$/, "");
  const address = ADDRESSES.find((one) => one.path.test(plain));
  if (address !== undefined) return { format: address.format, operation: address.operation };
  const [, format = openaiChat] = HEADERS.find(([name]) => headers.has(name)) ?? [];
  return { format, operation: undefined };
}
