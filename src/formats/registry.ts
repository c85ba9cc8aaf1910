import { anthropicComplete } from "./anthropic/complete/format.ts";
import { anthropicMessages } from "./anthropic/messages/format.ts";
import { bedrockConverse } from "./bedrock/format.ts";
import { cohereChat } from "./cohere/chat/format.ts";
import { cohereChatV1 } from "./cohere/chat-v1/format.ts";
import { cohereGenerate } from "./cohere/generate/format.ts";
import { geminiGenerate } from "./gemini/format.ts";
import { ollamaChat } from "./ollama/chat/format.ts";
import { ollamaGenerate } from "./ollama/generate/format.ts";
import { openaiChat } from "./openai/chat/format.ts";
import { openaiCompletions } from "./openai/completions/format.ts";
import { openaiResponses } from "./openai/responses/format.ts";
import { huggingfaceGenerate } from "./tgi/huggingface/format.ts";
import { llama2Raw, llama2RawByPosition, mistralRaw } from "./tgi/llama2/format.ts";
import type { WireFormat } from "./wire-format.ts";

/** Every wire format, in no particular order. */
export const FORMATS: readonly WireFormat[] = [
  anthropicComplete,
  anthropicMessages,
  bedrockConverse,
  cohereChat,
  cohereChatV1,
  cohereGenerate,
  geminiGenerate,
  huggingfaceGenerate,
  llama2Raw,
  llama2RawByPosition,
  mistralRaw,
  ollamaChat,
  ollamaGenerate,
  openaiChat,
  openaiCompletions,
  openaiResponses,
];

/** Members that hold a prompt in one dialect or another. */
export const PROMPT_MEMBERS: readonly string[] = [
  ...new Set(FORMATS.flatMap(({ intent }) => intent.members.prompt)),
];

export function formatNamed(name: string): WireFormat | undefined {
  return FORMATS.find((format) => format.name === name);
}
