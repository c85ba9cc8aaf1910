import { isJsonObject, type JsonObject } from "../chat/json.ts";
import type { BearerToken } from "./credential.ts";

export interface FetchTextOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
}

export interface FetchedText {
  readonly status: number;
  readonly text: string;
}

/** Redirects are not followed: credentials must not travel. Rejects when there is no answer in time. */
export async function fetchText(url: string, options: FetchTextOptions): Promise<FetchedText> {
  const { timeoutMs, ...init } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, { ...init, redirect: "manual", signal });
  return { status: answer.status, text: await answer.text() };
}

/** What happened to an exchange that never ended, without the words of whoever failed. */
export function wordFor(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown cause";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}

export interface TokenRequest {
  readonly url: string;
  /** Posted as a form (RFC 6749 §4); a GET without one. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the form that must not stand in an error, however the endpoint answers. */
  readonly secrets?: readonly string[];
  readonly timeoutMs: number;
  /** The endpoint, as errors name it. */
  readonly where: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const MAX_REASON_LENGTH = 300;
/** For an endpoint that does not say how long its token holds. */
const UNSAID_LIFETIME_MS = 15 * 60_000;

/**
 * Asks an OAuth token endpoint, or a cloud's metadata service, which answers alike (RFC 6749 §5).
 * Throws with the endpoint, its status and its own reason.
 */
export async function requestToken(request: TokenRequest): Promise<BearerToken> {
  const { status, text } = await ask(request);
  const wire = objectOf(text);
  if (status !== 200) {
    const reason = reasonOf(wire, request.secrets ?? []);
    throw new Error(`${request.where} refused (status ${status})${reason}`);
  }
  const token = wire?.["access_token"];
  if (typeof token !== "string" || token === "") {
    throw new Error(`${request.where} answered without a token`);
  }
  return { token, ...lastingOf(wire, request.nowMs) };
}

async function ask({ url, form, headers, timeoutMs, where }: TokenRequest) {
  const posted = form && {
    method: "POST",
    body: new URLSearchParams(form).toString(),
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
  };
  try {
    return await fetchText(url, { ...(headers && { headers }), ...posted, timeoutMs });
  } catch (cause) {
    throw new Error(`${where} did not answer (${wordFor(cause)})`, { cause });
  }
}

/** Undefined for a text that is not the JSON of an object. */
export function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The words for an error that RFC 6749 §5.2 has, or Google's and Azure's own `message`. */
export function reasonOf(wire: JsonObject | undefined, secrets: readonly string[]): string {
  const inner = wire?.["error"];
  const words = [
    isJsonObject(inner) ? inner["message"] : inner,
    wire?.["error_description"] ?? wire?.["message"],
  ].filter((word) => typeof word === "string" && word !== "");
  let reason = words.join(": ").replaceAll(/\s+/g, " ");
  for (const secret of secrets) if (secret !== "") reason = reason.replaceAll(secret, "***");
  return reason === "" ? "" : `: ${reason.slice(0, MAX_REASON_LENGTH)}`;
}

/** `expires_on` is in seconds since 1970, as Azure's metadata services have it. */
function lastingOf(wire: JsonObject | undefined, nowMs: number) {
  const endSeconds = seconds(wire?.["expires_on"]);
  if (endSeconds !== undefined) return { expiresAtMs: endSeconds * 1000 };
  const forSeconds = seconds(wire?.["expires_in"]);
  const lifetimeMs = forSeconds === undefined ? UNSAID_LIFETIME_MS : forSeconds * 1000;
  return { expiresAtMs: nowMs + lifetimeMs };
}

/** A number, or a string of digits. */
function seconds(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}
