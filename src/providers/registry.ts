import { anthropic } from "./anthropic.ts";
import { azure } from "./azure.ts";
import { bedrock } from "./bedrock.ts";
import { cerebras } from "./cerebras.ts";
import { cohere } from "./cohere.ts";
import { dashscope } from "./dashscope.ts";
import { databricks } from "./databricks.ts";
import { deepseek } from "./deepseek.ts";
import { gemini } from "./gemini.ts";
import { huggingface } from "./huggingface.ts";
import { llama2 } from "./llama2.ts";
import { local } from "./local.ts";
import { mistral } from "./mistral.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import type { Provider } from "./provider.ts";
import type { ProviderName } from "./target-schema.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";

export const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  anthropic,
  azure,
  bedrock,
  cerebras,
  cohere,
  dashscope,
  databricks,
  deepseek,
  gemini,
  huggingface,
  llama2,
  local,
  mistral,
  ollama,
  openai,
  vllm,
  xai,
};

/** The provider that a bare model name belongs to. */
export function providerOfModel(model: string): ProviderName | undefined {
  return Object.values(PROVIDERS).find(({ modelNames }) => modelNames?.test(model))?.name;
}
