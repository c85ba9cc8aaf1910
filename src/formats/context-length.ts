import { type ErrorCode, GatewayError } from "../chat/error.ts";

/** OpenAI's code for a prompt that its model has no room for; clients shorten the prompt and ask again. */
const CODE = "context_length_exceeded";

/** Kinds of a vendor's own that say no more than that. */
const KINDS: ReadonlySet<string> = new Set([
  CODE,
  // llama.cpp's server
  "exceed_context_size_error",
  "model_context_window_exceeded",
]);

/**
 * The others have no word of their own for it: it is one of many bad requests, and the sentence alone
 * tells it from them. A sentence that changes is no longer known, and the error stays as it was.
 */
const SENTENCES: readonly RegExp[] = [
  // OpenAI, Azure, vLLM, DeepSeek, OpenRouter, Mistral; xAI speaks of its prompt
  /\bmaximum (?:context|prompt) length\b/i,
  // OpenAI's newer models; Bedrock's Claude
  /\b(?:exceeds?|exceeded) (?:the |your |max(?:imum)? |available |model'?s? )*context (?:length|limit|size|window)\b/i,
  // Anthropic (`prompt is too long: 208310 tokens > 200000 maximum`), Fireworks; Bedrock, Databricks; Ollama
  /\b(?:prompt|input)(?: is)? too long\b/i,
  /\binput prompt \(\d+ tokens\) is too long\b/i,
  // Gemini, and the same on Vertex
  /\binput token count\b.*\b(?:exceeds|only supports)\b/i,
  // Bedrock's Nova and Titan; Cohere
  /\binput tokens? exceed(?:s|ed)\b/i,
  /\btoo many (?:input )?tokens\b.*\b(?:prompt|input|limit)/i,
  // Text Generation Inference and what Hugging Face serves with it
  /\btokens \+ `?max_new_tokens`? must be <=/i,
  /\b`?inputs`? must have less than \d+ tokens\b/i,
  // DashScope
  /\brange of input length should be\b/i,
  // SGLang, vLLM, LM Studio
  /\b(?:longer|greater) than the (?:model'?s )?(?:context length|maximum model length)\b/i,
  // Cerebras, Groq
  /\breduce the length of (?:the|your) (?:messages|prompt|input)\b/i,
];

/** Errors of these codes are about something else, whatever they say. */
const OTHER: ReadonlySet<ErrorCode> = new Set([
  "unauthenticated",
  "permission_denied",
  "not_found",
  "rate_limited",
  "upstream_overloaded",
]);

/** A vendor's error, with OpenAI's code where it says that the prompt is too long for its model. */
export function withContextLength(error: GatewayError): GatewayError {
  const { code, message, status, vendor, retryAfterMs, cause } = error;
  if (vendor?.code === CODE || OTHER.has(code) || !isTooLong(error)) return error;
  return new GatewayError(status < 500 ? code : "invalid_request", message, {
    status,
    vendor: { ...vendor, code: CODE },
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function isTooLong({ message, vendor }: GatewayError): boolean {
  if (KINDS.has(vendor?.type ?? "") || KINDS.has(vendor?.code ?? "")) return true;
  return SENTENCES.some((sentence) => sentence.test(message));
}
