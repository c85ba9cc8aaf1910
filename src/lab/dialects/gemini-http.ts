import type { Desk } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json.ts";
import { GeminiRefusal } from "./gemini-error.ts";

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
