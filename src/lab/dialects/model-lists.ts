import type { Desk, Dialect, Reply } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { LAB_MODELS } from "../models.ts";
import { anthropicError, checkHeaders } from "./anthropic-http.ts";
import { checkCohereKey, cohereError } from "./cohere-http.ts";
import { checkKey as checkGeminiKey, geminiError } from "./gemini-http.ts";
import { checkMistralKey, MistralRefusal } from "./mistral-shape.ts";
import { checkOllamaKey, ollamaError } from "./ollama-http.ts";
import { CREATED } from "./openai-http.ts";

const NAMES = Object.keys(LAB_MODELS);
const DATE = new Date(CREATED * 1000).toISOString();

interface Listing {
  readonly name: string;
  serves(request: HttpRequest): boolean;
  /** Throws the vendor's refusal. */
  check(request: HttpRequest, desk: Desk): void;
  error(status: number, message: string): Reply;
  /** How a page is asked for, and how many models it has unless asked. */
  readonly paging?: { readonly size: string; readonly token: string; readonly models: number };
  /** A page of all models; `next` is absent at the last. */
  readonly all: readonly string[];
  page(names: readonly string[], next: string | undefined): object;
}

const LISTINGS: readonly Listing[] = [
  {
    // https://platform.claude.com/docs/en/api/models-list: a page goes on behind the id that was last.
    name: "anthropic-models",
    serves: ({ path, headers }) => path.endsWith("/v1/models") && headers.has("anthropic-version"),
    check: checkHeaders,
    error: anthropicError,
    paging: { size: "limit", token: "after_id", models: 20 },
    all: NAMES,
    page: (names, next) => ({
      data: names.map((id) => ({ type: "model", id, display_name: id, created_at: DATE })),
      has_more: next !== undefined,
      first_id: names[0] ?? null,
      last_id: names.at(-1) ?? null,
    }),
  },
  {
    // https://ai.google.dev/api/models#method:-models.list
    name: "gemini-models",
    serves: ({ path }) => path.endsWith("/v1beta/models"),
    check: (request, desk) => checkGeminiKey(request, desk, false),
    error: geminiError,
    paging: { size: "pageSize", token: "pageToken", models: 50 },
    all: [...NAMES, "lab-imagen"],
    page: (names, next) => ({
      models: names.map((name) => ({
        name: `models/${name}`,
        supportedGenerationMethods: name === "lab-imagen" ? ["predict"] : ["generateContent"],
      })),
      ...(next !== undefined && { nextPageToken: next }),
    }),
  },
  {
    // https://docs.cohere.com/reference/list-models
    name: "cohere-models",
    serves: ({ path, query }) => path.endsWith("/v1/models") && query.has("page_size"),
    check: checkCohereKey,
    error: cohereError,
    paging: { size: "page_size", token: "page_token", models: 20 },
    all: [...NAMES, "lab-rerank"],
    page: (names, next) => ({
      models: names.map((name) => {
        return { name, endpoints: name === "lab-rerank" ? ["rerank"] : ["chat"] };
      }),
      ...(next !== undefined && { next_page_token: next }),
    }),
  },
  {
    // https://docs.mistral.ai/api/endpoint/models
    name: "mistral-models",
    serves: ({ path }) => path === "/mistral/v1/models",
    check: checkMistralKey,
    error: (status, message) => json(status, { message, request_id: "lab" }),
    all: [...NAMES, "lab-ocr"],
    page: (names) => ({
      object: "list",
      data: names.map((id) => ({
        id,
        object: "model",
        created: CREATED,
        owned_by: "mistralai",
        capabilities: { completion_chat: id !== "lab-ocr", ocr: id === "lab-ocr" },
      })),
    }),
  },
  {
    // https://docs.ollama.com/api/tags
    name: "ollama-tags",
    serves: ({ path }) => path.endsWith("/api/tags"),
    check: checkOllamaKey,
    error: ollamaError,
    all: NAMES,
    page: (names) => ({
      models: names.map((name) => ({ name, model: name, modified_at: DATE, size: 1 })),
    }),
  },
  {
    // https://docs.databricks.com/api/workspace/servingendpoints/list
    name: "databricks-endpoints",
    serves: ({ path }) => path.endsWith("/api/2.0/serving-endpoints"),
    check: () => undefined,
    error: (status, message) => json(status, { error_code: "BAD_REQUEST", message }),
    all: NAMES,
    page: (names) => ({ endpoints: names.map((name) => ({ name, state: { ready: "READY" } })) }),
  },
];

/** The vendors' lists of models, each in its own shape and by its own pages. */
export const MODEL_LISTS: readonly Dialect[] = LISTINGS.map((listing) => ({
  name: listing.name,
  serves: listing.serves,
  receive: (request, desk) => receive(listing, request, desk),
}));

function receive(listing: Listing, request: HttpRequest, desk: Desk): Reply {
  try {
    listing.check(request, desk);
    if (request.method !== "GET") return listing.error(405, "Method Not Allowed");
    return onePage(listing, request);
  } catch (error) {
    if (error instanceof MistralRefusal) return error.reply;
    if (!(error instanceof Error && "status" in error)) throw error;
    return listing.error(Number(error.status), error.message);
  }
}

/** Tokens of every vendor are the last name there was: nothing but the next page is made of them. */
function onePage({ paging, all, page, error }: Listing, { query }: HttpRequest): Reply {
  if (!paging) return json(200, page(all, undefined));
  const size = Number(query.get(paging.size) ?? paging.models);
  if (!Number.isInteger(size) || size < 1 || size > 1000) {
    return error(400, `${paging.size}: must be between 1 and 1000`);
  }
  const token = query.get(paging.token);
  const from = token === null ? 0 : all.indexOf(token) + 1;
  if (token !== null && from === 0) return error(400, `${paging.token}: not found`);
  const names = all.slice(from, from + size);
  return json(200, page(names, from + size < all.length ? names.at(-1) : undefined));
}

function json(status: number, body: object): Reply {
  const headers = [["content-type", "application/json"]] as const;
  return { type: "reply", status, headers, body: JSON.stringify(body) };
}
