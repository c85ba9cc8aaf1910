import type { Dialect } from "./dialect.ts";
import { anthropicMessages } from "./dialects/anthropic-messages.ts";
import { azureContentSafety } from "./dialects/azure-content-safety.ts";
import { azureOpenAi } from "./dialects/azure-openai.ts";
import { bedrockConverse } from "./dialects/bedrock-converse.ts";
import { bedrockEmbed } from "./dialects/bedrock-embed.ts";
import { cohereChat } from "./dialects/cohere-chat.ts";
import { cohereChatV1 } from "./dialects/cohere-chat-v1.ts";
import { cohereEmbed } from "./dialects/cohere-embed.ts";
import { cohereGenerate } from "./dialects/cohere-generate.ts";
import { gemini } from "./dialects/gemini.ts";
import { geminiEmbed } from "./dialects/gemini-embed.ts";
import { mistralChat } from "./dialects/mistral-chat.ts";
import { MODEL_LISTS } from "./dialects/model-lists.ts";
import { ollamaChat } from "./dialects/ollama-chat.ts";
import { ollamaEmbed, ollamaGenerate } from "./dialects/ollama-dialect.ts";
import { openAiChat } from "./dialects/openai-chat.ts";
import { openAiCompletions } from "./dialects/openai-completions.ts";
import { openAiEmbeddings } from "./dialects/openai-embeddings.ts";
import { openAiModels } from "./dialects/openai-http.ts";
import { featureExtraction, tgi } from "./dialects/tgi.ts";
import { misplacedPath } from "./dialects/unknown-path.ts";
import { vertexClaude, vertexMistral } from "./dialects/vertex-partners.ts";

/** Tells the client what it sent: no vendor's API, for routes that forward what they get. */
const anything: Dialect = {
  name: "anything",
  serves: ({ path }) => path === "/anything" || path.startsWith("/anything/"),
  receive: ({ method, target, path, query, headerLines, body }) => ({
    type: "reply",
    status: 200,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({
      method,
      target,
      path,
      query: Object.fromEntries(query),
      headers: Object.fromEntries(headerLines.map(([name, value]) => [name.toLowerCase(), value])),
      headerLines,
      body: Buffer.from(body).toString("utf8"),
    }),
  }),
};

/** Every API the lab speaks; the first that claims a request answers it. */
export const DIALECTS: readonly Dialect[] = [
  anything,
  misplacedPath,
  ...MODEL_LISTS,
  azureContentSafety,
  anthropicMessages,
  azureOpenAi,
  gemini,
  geminiEmbed,
  vertexClaude,
  vertexMistral,
  bedrockConverse,
  bedrockEmbed,
  mistralChat,
  openAiChat,
  openAiCompletions,
  openAiEmbeddings,
  openAiModels,
  cohereEmbed,
  cohereChat,
  cohereChatV1,
  cohereGenerate,
  ollamaChat,
  ollamaGenerate,
  ollamaEmbed,
  featureExtraction,
  tgi,
];
