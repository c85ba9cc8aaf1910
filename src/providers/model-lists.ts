import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { ModelOptions } from "./provider.ts";
import type { ProviderName } from "./target-schema.ts";
import { isVertex } from "./vertex-partners.ts";

/** How a vendor says which models it has. */
export interface ModelList {
  /** How the path of a chat ends, and what a list has in its place. */
  readonly beside: readonly [chat: RegExp, list: string];
  readonly query?: Readonly<Record<string, string>>;
  /** Undefined for an answer that is no list. */
  read(answer: JsonObject): ModelPage | undefined;
}

export interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Query parameters that ask for the page after this one. */
  readonly next?: Readonly<Record<string, string>>;
}

export interface ListedModel {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdS?: number;
}

/** https://platform.openai.com/docs/api-reference/models/list, less what no conversation can be had with. */
const openAiList: ModelList = {
  beside: [/\/(?:chat\/)?completions$/, "/models"],
  read: (answer) => {
    const models = listed(answer.data, "id", "created");
    return models && { models: models.filter(({ id }) => !OTHER_WORK.test(id)) };
  },
};

/** Pictures, sounds, moderation: OpenAI's list has nothing that tells them apart but their names. */
const OTHER_WORK =
  /^(?:dall-e|gpt-image|chatgpt-image|sora|whisper|tts|omni-moderation|text-moderation|gpt-realtime|gpt-audio)|-(?:realtime|transcribe|tts)(?:-|$)/;

/** https://platform.claude.com/docs/en/api/models-list */
const anthropicList: ModelList = {
  beside: [/\/(?:messages|complete)$/, "/models"],
  query: { limit: "1000" },
  read: (answer) => {
    const models = listed(answer.data, "id", "created_at");
    const { has_more: hasMore, last_id: last } = answer;
    const next = hasMore === true && typeof last === "string" ? { after_id: last } : undefined;
    return models && { models, ...(next && { next }) };
  },
};

/** https://ai.google.dev/api/models#method:-models.list */
const geminiList: ModelList = {
  beside: [/\/models\/[^/]+$/, "/models"],
  query: { pageSize: "1000" },
  read: (answer) => {
    const models = listed(answer.models, "name", undefined, (model) =>
      offers(model, "supportedGenerationMethods", ["generateContent", "embedContent"]),
    );
    const { nextPageToken: token } = answer;
    const next = typeof token === "string" && token !== "" ? { pageToken: token } : undefined;
    return (
      models && {
        models: models.map(({ id }) => ({ id: id.replace(/^models\//, "") })),
        ...(next && { next }),
      }
    );
  },
};

/** https://docs.cohere.com/reference/list-models: one version of the API has it. */
const cohereList: ModelList = {
  beside: [/\/v\d\/(?:chat|generate|embed)$/, "/v1/models"],
  query: { page_size: "1000" },
  read: (answer) => {
    const models = listed(answer.models, "name", undefined, (model) =>
      offers(model, "endpoints", ["chat", "embed", "generate"]),
    );
    const { next_page_token: token } = answer;
    const next = typeof token === "string" && token !== "" ? { page_token: token } : undefined;
    return models && { models, ...(next && { next }) };
  },
};

/** https://docs.mistral.ai/api/endpoint/models */
const mistralList: ModelList = {
  beside: [/\/chat\/completions$/, "/models"],
  read: (answer) => {
    const models = listed(answer.data, "id", "created", ({ id, capabilities }) => {
      if (!isJsonObject(capabilities) || capabilities.completion_chat !== false) return true;
      return typeof id === "string" && id.includes("embed");
    });
    return models && { models };
  },
};

/** https://docs.ollama.com/api/tags */
const ollamaList: ModelList = {
  beside: [/\/api\/(?:chat|generate|embed)$/, "/api/tags"],
  read: (answer) => {
    const models = listed(answer.models, "name", "modified_at");
    return models && { models };
  },
};

/** https://docs.databricks.com/api/workspace/servingendpoints/list */
const databricksList: ModelList = {
  beside: [/\/serving-endpoints(?:\/v1)?\/(?:chat\/)?completions$/, "/api/2.0/serving-endpoints"],
  read: (answer) => {
    const models = listed(answer.endpoints ?? [], "name", undefined);
    return models && { models };
  },
};

const LISTS = {
  anthropic: anthropicList,
  azure: "a key of a resource cannot list its deployments",
  bedrock: "its list has another host and signature, and is not asked yet",
  cerebras: openAiList,
  cohere: cohereList,
  dashscope: openAiList,
  databricks: databricksList,
  deepseek: openAiList,
  gemini: (options) =>
    isVertex(options) ? "the models of a Vertex AI project are not listed by its API" : geminiList,
  huggingface: ({ upstream_url }) =>
    upstream_url ? openAiList : "its serverless inference has no list of what it serves",
  llama2: ({ llama2_format }) => ownServer(llama2_format),
  local: "it is in the package, and has one model",
  mistral: ({ mistral_format }) =>
    mistral_format === "openai" ? mistralList : ownServer(mistral_format),
  ollama: ollamaList,
  openai: openAiList,
  vllm: openAiList,
  xai: openAiList,
} as const satisfies Record<
  ProviderName,
  ModelList | string | ((options: ModelOptions) => ModelList | string)
>;

function ownServer(format: "ollama" | "openai" | "raw" | undefined): ModelList | string {
  if (format === "raw" || format === undefined) return "a server of plain prompts lists no models";
  return format === "ollama" ? ollamaList : openAiList;
}

/** How a provider lists its models, or why it does not. */
export function modelListOf(provider: ProviderName, options: ModelOptions): ModelList | string {
  const list = LISTS[provider];
  return typeof list === "function" ? list(options) : list;
}

function listed(
  list: Json | undefined,
  name: string,
  created: string | undefined,
  fits: (model: JsonObject) => boolean = () => true,
): ListedModel[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((model): ListedModel[] => {
    if (!isJsonObject(model) || !fits(model)) return [];
    const id = model[name];
    if (typeof id !== "string" || id === "") return [];
    const createdS = created === undefined ? undefined : secondsOf(model[created]);
    return [{ id, ...(createdS !== undefined && { createdS }) }];
  });
}

/** A time that is plainly none, as 0 or the year 1970, is not told. */
function secondsOf(time: Json | undefined): number | undefined {
  const seconds = typeof time === "string" ? Math.floor(Date.parse(time) / 1000) : time;
  return typeof seconds === "number" && seconds > 86_400 ? Math.floor(seconds) : undefined;
}

/** Of a model that says what it is for: whether that is any of these. */
function offers(model: JsonObject, member: string, wanted: readonly string[]): boolean {
  const offered = model[member];
  if (!Array.isArray(offered)) return true;
  return offered.some((one) => wanted.some((word) => word === one));
}
