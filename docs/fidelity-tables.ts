import { fidelity as anthropicComplete } from "../src/formats/anthropic/complete/format.ts";
import { fidelity as anthropicMessages } from "../src/formats/anthropic/messages/format.ts";
import { fidelity as bedrockConverse } from "../src/formats/bedrock/format.ts";
import type { Fidelity } from "../src/formats/capabilities.ts";
import { fidelity as cohereChat } from "../src/formats/cohere/chat/format.ts";
import { fidelity as cohereChatV1 } from "../src/formats/cohere/chat-v1/format.ts";
import { fidelity as cohereGenerate } from "../src/formats/cohere/generate/format.ts";
import { fidelity as geminiGenerate } from "../src/formats/gemini/format.ts";
import { fidelity as ollamaChat } from "../src/formats/ollama/chat/format.ts";
import { fidelity as ollamaGenerate } from "../src/formats/ollama/generate/format.ts";
import { fidelity as openaiChat } from "../src/formats/openai/chat/format.ts";
import { fidelity as openaiCompletions } from "../src/formats/openai/completions/format.ts";
import { fidelity as openaiResponses } from "../src/formats/openai/responses/format.ts";
import { fidelity as huggingfaceGenerate } from "../src/formats/tgi/huggingface/format.ts";
import { fidelity as llama2Raw } from "../src/formats/tgi/llama2/format.ts";

/** The table beside each wire format, by the format's name. */
export const FIDELITY_TABLES: ReadonlyMap<string, Fidelity> = new Map([
  ["anthropic-complete", anthropicComplete],
  ["anthropic-messages", anthropicMessages],
  ["bedrock-converse", bedrockConverse],
  ["cohere-chat", cohereChat],
  ["cohere-chat-v1", cohereChatV1],
  ["cohere-generate", cohereGenerate],
  ["gemini-generate", geminiGenerate],
  ["huggingface-generate", huggingfaceGenerate],
  ["llama2-raw", llama2Raw],
  ["llama2-raw-by-position", llama2Raw],
  ["mistral-raw", llama2Raw],
  ["ollama-chat", ollamaChat],
  ["ollama-generate", ollamaGenerate],
  ["openai-chat", openaiChat],
  ["openai-completions", openaiCompletions],
  ["openai-responses", openaiResponses],
]);
