import type { Desk, Reply } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";

/** What the path of a call names. */
export interface GeminiCall {
  readonly model: string;
  readonly stream: boolean;
  readonly isVertex: boolean;
}

const PUBLIC =
  /\/v1(?:alpha|beta)?\/(?:models|tunedModels)\/(.+):(generateContent|streamGenerateContent)$/;
const VERTEX =
  /\/v1(?:beta1)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/([^/]+)\/models|(endpoints))\/([^/:]+):(generateContent|streamGenerateContent)$/;

export function readGeminiPath(path: string): GeminiCall | undefined {
  const [, open, openAction] = PUBLIC.exec(path) ?? [];
  if (open !== undefined) return callOf(open, openAction, false);
  const [, publisher, , name, action] = VERTEX.exec(path) ?? [];
  if (name === undefined) return undefined;
  const isOwn = publisher === undefined || publisher === "google";
  return callOf(isOwn ? name : `${publisher}/${name}`, action, true);
}

function callOf(model: string, action: string | undefined, isVertex: boolean): GeminiCall {
  return {
    model: decodeURIComponent(model),
    stream: action === "streamGenerateContent",
    isVertex,
  };
}

/** https://ai.google.dev/api#authenticate: a key in a header or in the query, or a token. */
export function checkKey(request: HttpRequest, desk: Desk, isVertex: boolean): void {
  if (!desk.keys) return;
  const token = bearerOf(request);
  const key = request.headers.get("x-goog-api-key") ?? request.query.get("key") ?? undefined;
  if (token === undefined && key === undefined) throw unidentified(isVertex);
  if (token !== undefined && !desk.keys.has(token)) {
    throw new GeminiRefusal(
      401,
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
      [errorInfo("ACCESS_TOKEN_TYPE_UNSUPPORTED")],
    );
  }
  if (key !== undefined && !desk.keys.has(key)) {
    throw new GeminiRefusal(400, "API key not valid. Please pass a valid API key.", [
      errorInfo("API_KEY_INVALID"),
    ]);
  }
}

function unidentified(isVertex: boolean): GeminiRefusal {
  if (isVertex) {
    return new GeminiRefusal(
      401,
      "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
      [errorInfo("CREDENTIALS_MISSING")],
    );
  }
  return new GeminiRefusal(
    403,
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );
}

function errorInfo(reason: string): JsonObject {
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason,
    domain: "googleapis.com",
    metadata: { service: "generativelanguage.googleapis.com" },
  };
}

export function readJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") {
    throw new GeminiRefusal(404, "The requested URL was not found on this server.");
  }
  const body = jsonOf(request.body);
  if (isObject(body)) return body;
  throw new GeminiRefusal(400, "Invalid JSON payload received. Expected an object key or }.\n\n^");
}

/** A request Google would refuse, in its own words. https://ai.google.dev/gemini-api/docs/troubleshooting */
export class GeminiRefusal extends Error {
  readonly status: number;
  readonly details: readonly JsonObject[];

  constructor(status: number, message: string, details: readonly JsonObject[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** A member that the API's definition does not have, or not so. */
export function badMember(field: string, description: string): GeminiRefusal {
  return new GeminiRefusal(400, description, [
    {
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field, description }],
    },
  ]);
}

const STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** Google indents by two spaces. */
export function geminiText(body: unknown): string {
  return `${JSON.stringify(body, null, 2)}\n`;
}

export function geminiErrorBody(
  status: number,
  message: string,
  details: readonly JsonObject[] = [],
): JsonObject {
  const word = STATUSES[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
  const listed = details.length > 0 ? { details } : {};
  return { error: { code: status, message, status: word, ...listed } };
}

export function geminiError(
  status: number,
  message: string,
  details: readonly JsonObject[] = [],
): Reply {
  return {
    type: "reply",
    status,
    headers: [
      ["content-type", "application/json; charset=UTF-8"],
      ["server", "scaffolding on HTTPServer2"],
    ],
    body: geminiText(geminiErrorBody(status, message, details)),
  };
}

interface Words {
  readonly message: (model: string) => string;
  readonly details?: readonly JsonObject[];
}

const BAD_REQUEST: Words = { message: () => "Request contains an invalid argument." };
const INTERNAL: Words = {
  message: () =>
    "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
};
const OVERLOADED: Words = { message: () => "The model is overloaded. Please try again later." };

const WORDS: Readonly<Record<number, Words>> = {
  400: BAD_REQUEST,
  401: {
    message: () =>
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
  },
  403: {
    message: (model) =>
      `Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/models/${model}' (or it may not exist).`,
  },
  404: {
    message: (model) =>
      `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
  },
  429: {
    message: (model) =>
      `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_requests, limit: 3, model: ${model}\nPlease retry in 2s.`,
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.Help",
        links: [
          {
            description: "Learn more about Gemini API quotas",
            url: "https://ai.google.dev/gemini-api/docs/rate-limits",
          },
        ],
      },
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2s" },
    ],
  },
  503: OVERLOADED,
  504: { message: () => "Deadline expired before operation could complete." },
  529: OVERLOADED,
};

/** The error Google answers with this status. */
export function geminiStatusError(status: number, model: string): Reply {
  const { message, details } = WORDS[status] ?? (status < 500 ? BAD_REQUEST : INTERNAL);
  return geminiError(status, message(model), details);
}
