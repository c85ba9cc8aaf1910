import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatRequest } from "../../src/chat/request.ts";
import { anthropicMessages } from "../../src/formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../src/formats/bedrock/format.ts";
import { cohereChat } from "../../src/formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../../src/formats/cohere/chat-v1/format.ts";
import { cohereGenerate } from "../../src/formats/cohere/generate/format.ts";
import { geminiGenerate } from "../../src/formats/gemini/format.ts";
import { ollamaChat } from "../../src/formats/ollama/chat/format.ts";
import { ollamaGenerate } from "../../src/formats/ollama/generate/format.ts";
import { huggingfaceGenerate } from "../../src/formats/tgi/huggingface/format.ts";
import { llama2Raw } from "../../src/formats/tgi/llama2/format.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import type { Dialect } from "../../src/lab/dialect.ts";
import { DIALECTS } from "../../src/lab/dialects.ts";
import { awkwardCompletion, awkwardRequest } from "./awkward-requests.ts";

/**
 * No encoder's output is refused: what a dialect's vendor does not take is adapted or left out before
 * it is sent, and told of. The lab judges by rules that it has from the vendors, not from the formats.
 */

interface Vendor {
  readonly format: WireFormat;
  readonly models: readonly string[];
  path(model: string, stream: boolean): string;
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  Anthropic: {
    format: anthropicMessages,
    models: [
      "claude-3-5-haiku-20241022",
      "claude-3-7-sonnet-20250219",
      "claude-sonnet-4-5",
      "claude-opus-4-6",
      "claude-opus-4-8",
      "claude-sonnet-5-5",
      "claude-fable-5-1",
    ],
    path: () => "/v1/messages",
  },
  Bedrock: {
    format: bedrockConverse,
    models: [
      "anthropic.claude-3-haiku-20240307-v1:0",
      "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "anthropic.claude-opus-4-8-v1:0",
      "amazon.nova-pro-v1:0",
      "amazon.nova-2-lite-v1:0",
      "amazon.titan-text-express-v1",
      "meta.llama3-1-70b-instruct-v1:0",
      "mistral.mistral-7b-instruct-v0:2",
      "cohere.command-r-plus-v1:0",
      "deepseek.r1-v1:0",
      "openai.gpt-oss-120b-1:0",
    ],
    path: (model, stream) =>
      `/model/${encodeURIComponent(model)}/${stream ? "converse-stream" : "converse"}`,
  },
  Gemini: {
    format: geminiGenerate,
    models: ["gemini-2.0-flash", "gemini-2.5-pro", "gemini-2.5-flash", "gemini-3-pro-preview"],
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? "streamGenerateContent" : "generateContent"}`,
  },
  Cohere: {
    format: cohereChat,
    models: ["command-a-03-2025", "command-a-reasoning-08-2025"],
    path: () => "/v2/chat",
  },
  "Cohere's first API": {
    format: cohereChatV1,
    models: ["command-r-08-2024"],
    path: () => "/v1/chat",
  },
  Ollama: { format: ollamaChat, models: ["llama3.2"], path: () => "/api/chat" },
};

/** Vendors of one prompt, in their dialects of legacy completions. */
const PROMPT_VENDORS: Readonly<Record<string, Vendor>> = {
  "Text Generation Inference": {
    format: huggingfaceGenerate,
    models: ["tgi"],
    path: () => "/models/tgi",
  },
  "Llama 2 as it is": { format: llama2Raw, models: ["tgi"], path: () => "/" },
  "Cohere's completions": {
    format: cohereGenerate,
    models: ["command"],
    path: () => "/v1/generate",
  },
  "Ollama's completions": {
    format: ollamaGenerate,
    models: ["llama3.2"],
    path: () => "/api/generate",
  },
  "Anthropic's messages": VENDORS["Anthropic"] as Vendor,
  "Bedrock's Converse": VENDORS["Bedrock"] as Vendor,
};

function requestOf(path: string, wire: unknown): Parameters<Dialect["receive"]>[0] {
  return {
    method: "POST",
    target: path,
    path,
    query: new URLSearchParams(),
    headerLines: [],
    headers: new Headers({
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
    }),
    body: new TextEncoder().encode(JSON.stringify(wire)),
    keepAlive: true,
  };
}

/** The vendor's refusal, or undefined. */
function refusalOf(vendor: Vendor, chat: ChatRequest): unknown {
  const { wire } = vendor.format.encodeRequest(chat);
  const request = requestOf(vendor.path(chat.model, chat.stream), wire);
  const dialect = DIALECTS.find((one) => one.serves(request));
  const received = dialect?.receive(request, { seed: 0, keys: undefined, traits: [] });
  return received?.type === "asked" ? undefined : { refusal: received?.body, wire };
}

for (const [name, vendor, requests] of [
  ...Object.entries(VENDORS).map(([name, vendor]) => [name, vendor, awkwardRequest] as const),
  ...Object.entries(PROMPT_VENDORS).map((row) => [...row, awkwardCompletion] as const),
]) {
  for (const model of vendor.models) {
    test(`${name} takes every request as it is encoded for ${model}`, () => {
      fc.assert(
        fc.property(requests, (chat) => {
          expect(refusalOf(vendor, { ...chat, model })).toBeUndefined();
        }),
        { numRuns: 300 },
      );
    });
  }
}
