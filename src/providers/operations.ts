import type { Json } from "../chat/json.ts";
import { anthropicMessages } from "../formats/anthropic/messages/format.ts";
import type { EmbeddingsFormat } from "../formats/embeddings/format.ts";
import { geminiGenerate } from "../formats/gemini/format.ts";
import { openaiChat } from "../formats/openai/chat/format.ts";
import { openaiCompletions } from "../formats/openai/completions/format.ts";
import { openaiResponses } from "../formats/openai/responses/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";

/** Every operation of the reference's list, in its order. */
export const ROUTE_TYPES = [
  "llm/v1/chat",
  "llm/v1/completions",
  "preserve",
  "llm/v1/embeddings",
  "llm/v1/responses",
  "llm/v1/assistants",
  "llm/v1/files",
  "llm/v1/batches",
  "audio/v1/audio/speech",
  "audio/v1/audio/transcriptions",
  "audio/v1/audio/translations",
  "image/v1/images/generations",
  "image/v1/images/edits",
  "video/v1/videos/generations",
  "realtime/v1/realtime",
] as const;

/** The alias is announced by the reference's changelog, though its own list lacks it. */
export type RouteType = (typeof ROUTE_TYPES)[number] | "llm/v1/multimodal-embeddings";

/** Client dialects; anything but `openai` is a vendor's own. */
export const LLM_FORMATS = [
  "anthropic",
  "bedrock",
  "cohere",
  "gemini",
  "huggingface",
  "openai",
] as const;

export type LlmFormat = (typeof LLM_FORMATS)[number];

/**
 * What an operation is answered with, which decides how it is asked, read and billed; and the dialects that
 * each is asked in. Vectors may be asked for in the client's own, or made here without asking anybody.
 */
interface Dialects {
  /** Whole or streamed. */
  readonly text: WireFormat;
  readonly vectors: EmbeddingsFormat | "as-it-came" | "in-process";
  /** They go both ways as they came. */
  readonly bytes: never;
  /** This version has no way. */
  readonly unbuilt: never;
}

export type Answer = keyof Dialects;

/** What holds of an operation whoever serves it. What a provider makes of it stands in `Provider.operations`. */
export type Operation = Shared &
  (
    | { readonly answer: "unbuilt"; readonly clients?: never; readonly request?: never }
    | { readonly answer: "bytes"; readonly clients: Clients; readonly request?: never }
    | {
        readonly answer: Exclude<Answer, "bytes" | "unbuilt">;
        readonly clients: Clients;
        /** Absent where the dialect itself says what is enough. */
        readonly request?: LeastRequest;
      }
  );

/** The dialects that clients of an operation speak. */
type Clients = Readonly<Partial<Record<LlmFormat, WireFormat>>>;

interface Shared {
  /** What a provider that does not have it is asked for in its place: the same conversation in other words. */
  readonly otherwise?: RouteType;
  /** Where the short form serves it. */
  readonly served?: Served;
  /** A call may name no model: it is about stored things. */
  readonly modelIsOptional?: true;
  /** What a client's path calls the stored things; the first is what the base path ends with. */
  readonly nouns?: readonly string[];
  /** Members that the configuration fills in, by the option that holds them. */
  readonly defaults?: readonly BodyDefault[];
}

/** The least that a request for an operation says in the common dialect. */
export interface LeastRequest {
  readonly member: string;
  isEnough(value: Json): boolean;
  /** The member means nothing beside those of other operations. */
  readonly yields?: true;
}

export interface Served {
  /** Its route's name. */
  readonly route: string;
  /** OpenAI's own (https://platform.openai.com/docs/api-reference); a base URL stands for its `/v1`. */
  readonly path: `/v1/${string}`;
  /** For callers who ask for what is not served. */
  readonly about: string;
}

/** Another dialect than the common one, as the short form serves it. */
export interface ServedDialect extends Omit<Served, "path"> {
  readonly llmFormat: Exclude<LlmFormat, "openai">;
  readonly routeType: RouteType;
  /** The vendor's own, where `{model}` stands for a name; a base URL of its SDK stands for what is ahead of it. */
  readonly path: `/${string}`;
  /** Other paths of the vendor's that the route serves. */
  readonly also?: readonly `/${string}`[];
  /** Where models are listed in it, where that is not at the common address. */
  readonly listPath?: `/${string}`;
  /** The base path that all of the vendor's paths are served below too. */
  readonly base: `/${string}`;
}

export const SERVED_DIALECTS: readonly ServedDialect[] = [
  {
    llmFormat: "anthropic",
    routeType: "llm/v1/chat",
    route: "models-messages",
    path: "/v1/messages",
    base: "/anthropic",
    about: "Anthropic's Messages, for the models of every provider",
  },
  {
    llmFormat: "gemini",
    routeType: "llm/v1/chat",
    route: "models-generate",
    path: "/v1beta/models/{model}:generateContent",
    also: ["/v1beta/models/{model}:streamGenerateContent", "/v1beta/models/{model}:countTokens"],
    listPath: "/v1beta/models",
    base: "/gemini",
    about: "Gemini's generateContent, for the models of every provider",
  },
];

interface BodyDefault {
  readonly option: "embeddings_dimensions" | "seconds" | "size";
  readonly member: string;
  /** Whose value counts where both name one. */
  readonly wins: "config" | "request";
}

const OPERATIONS = {
  "llm/v1/chat": {
    answer: "text",
    clients: { openai: openaiChat, anthropic: anthropicMessages, gemini: geminiGenerate },
    request: { member: "messages", isEnough: isFilledList },
    served: {
      route: "models-chat",
      path: "/v1/chat/completions",
      about: "OpenAI's Chat Completions, for the models of every provider",
    },
  },
  "llm/v1/completions": {
    answer: "text",
    clients: { openai: openaiCompletions },
    request: { member: "prompt", isEnough: isTextOrFilledList },
    served: {
      route: "models-completions",
      path: "/v1/completions",
      about: "OpenAI's legacy Completions",
    },
  },
  preserve: { answer: "bytes", clients: { openai: openaiChat }, modelIsOptional: true },
  "llm/v1/embeddings": {
    answer: "vectors",
    // Its errors are the same, and `embed` reads the rest.
    clients: { openai: openaiChat },
    request: { member: "input", isEnough: isTextOrFilledList, yields: true },
    served: { route: "models-embeddings", path: "/v1/embeddings", about: "OpenAI's Embeddings" },
    defaults: [{ option: "embeddings_dimensions", member: "dimensions", wins: "config" }],
  },
  "llm/v1/multimodal-embeddings": { answer: "unbuilt" },
  "llm/v1/responses": {
    answer: "text",
    clients: { openai: openaiResponses },
    otherwise: "llm/v1/chat",
    served: {
      route: "models-responses",
      path: "/v1/responses",
      about: "OpenAI's Responses, for the models of every provider",
    },
    modelIsOptional: true,
    nouns: ["responses"],
  },
  "llm/v1/assistants": {
    answer: "unbuilt",
    modelIsOptional: true,
    nouns: ["assistants", "threads"],
  },
  "llm/v1/files": { answer: "unbuilt", modelIsOptional: true, nouns: ["files"] },
  "llm/v1/batches": {
    answer: "unbuilt",
    modelIsOptional: true,
    nouns: ["batches"],
  },
  "audio/v1/audio/speech": { answer: "unbuilt" },
  "audio/v1/audio/transcriptions": { answer: "unbuilt" },
  "audio/v1/audio/translations": { answer: "unbuilt" },
  "image/v1/images/generations": {
    answer: "unbuilt",
    defaults: [{ option: "size", member: "size", wins: "request" }],
  },
  "image/v1/images/edits": {
    answer: "unbuilt",
    defaults: [{ option: "size", member: "size", wins: "request" }],
  },
  "video/v1/videos/generations": {
    answer: "unbuilt",
    modelIsOptional: true,
    nouns: ["videos"],
    defaults: [
      { option: "seconds", member: "seconds", wins: "request" },
      { option: "size", member: "size", wins: "request" },
    ],
  },
  "realtime/v1/realtime": { answer: "unbuilt", modelIsOptional: true },
} as const satisfies Readonly<Record<RouteType, Operation>>;

/** The operations that are answered so. */
export type RouteTypeOf<A extends Answer> = {
  [R in RouteType]: (typeof OPERATIONS)[R]["answer"] extends A ? R : never;
}[RouteType];

/** What an operation is asked in. */
export type DialectOf<R extends RouteType> = Dialects[(typeof OPERATIONS)[R]["answer"]];

export function operationOf(routeType: RouteType): Operation {
  return OPERATIONS[routeType];
}

export function isAnsweredWith<A extends Answer>(
  answer: A,
  routeType: RouteType,
): routeType is RouteTypeOf<A> {
  return OPERATIONS[routeType].answer === answer;
}

/** Whether its requests are read and written anew, whatever the provider: the others go as they came. */
export function isTranslated(routeType: RouteType): boolean {
  const { answer } = OPERATIONS[routeType];
  return answer !== "bytes" && answer !== "unbuilt";
}

/** By what a request in the common dialect tells its operation; where two would do, the first. */
export const LEAST_REQUESTS: readonly (LeastRequest & { readonly routeType: RouteType })[] =
  ROUTE_TYPES.flatMap((routeType) => {
    const { request } = operationOf(routeType);
    return request ? [{ ...request, routeType }] : [];
  });

function isFilledList(value: Json): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isTextOrFilledList(value: Json): boolean {
  return typeof value === "string" || isFilledList(value);
}
