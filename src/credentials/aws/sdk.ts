import type { Surroundings } from "../credential.ts";
import type { AwsCredentials } from "./credentials.ts";

/** Loaded when first needed: it costs tens of milliseconds and 14 MB, and most gateways never need it. */
export const sdk = () => import("@aws-sdk/credential-providers");

/** The members of the library's credentials that a signature needs. */
export interface SdkIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export function credentialsOfSdk(identity: SdkIdentity): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity;
  const expiresAtMs = expiration?.getTime() ?? Number.NaN;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(!Number.isNaN(expiresAtMs) && { expiresAtMs }),
  };
}

/** What the library would write to the console. */
export function sdkLogger({ report }: Surroundings) {
  const warn = (...words: unknown[]) => report(`AWS credentials: ${sdkReason(words[0])}`);
  const nothing = () => {};
  return { debug: nothing, info: nothing, warn, error: warn };
}

const MAX_REASON_LENGTH = 300;

/**
 * The library's words without what may be secret: of a program that fails it tells the command and
 * what it wrote, of an answer that is no JSON a piece of it.
 */
export function sdkReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes("Command failed")) return "its credential_process failed";
  if (error instanceof SyntaxError || text.includes("SyntaxError")) {
    return "the answer is not JSON";
  }
  const [sentences = ""] = text.split("Deserialization error:");
  return sentences.trim().replaceAll(/\s+/g, " ").slice(0, MAX_REASON_LENGTH);
}

const CALL_TIMEOUT_MS = 5000;
const ATTEMPTS = 2;

/** A request of the library (https://github.com/smithy-lang/smithy-typescript, `HttpRequest`). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/**
 * How the library's clients call. Its own handler bounds neither the whole exchange nor, with its
 * default settings, the wait for an answer.
 */
export const SDK_CALLS = { requestHandler: { handle }, maxAttempts: ATTEMPTS } as const;

async function handle(request: SdkRequest) {
  const { method, headers, body } = request;
  const answer = await fetch(urlOf(request), {
    method,
    headers,
    ...(body !== undefined && { body }),
    // Credentials must not travel.
    redirect: "manual",
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const response = {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
  return { response };
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value ?? ""].flat()) pairs.append(name, one);
  }
  const search = pairs.size === 0 ? "" : `?${pairs}`;
  return `${protocol}//${hostname}${port ? `:${port}` : ""}${path}${search}`;
}

export interface Bounds {
  /** How long one who asks waits, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** What is waited for, as the error names it. */
  readonly what: string;
}

const GIVEN_UP_MS = 5 * 60_000;

/**
 * For work that knows no limit and cannot be ended. While it hangs it is not begun again, so that a
 * program that hangs is there once; after five minutes it is given up, so that one lost connection is not
 * the end.
 */
export function bounded<Value>(
  load: () => Promise<Value>,
  { timeoutMs, nowMs, what }: Bounds,
): () => Promise<Value> {
  let flight: Promise<Value> | undefined;
  let begunMs = 0;

  function begin(): Promise<Value> {
    begunMs = nowMs();
    const begun = load().finally(() => {
      if (flight === begun) flight = undefined;
    });
    return begun;
  }

  return async () => {
    if (!flight || nowMs() - begunMs >= GIVEN_UP_MS) flight = begin();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const seconds = timeoutMs / 1000;
    const timer = setTimeout(
      () => reject(new Error(`${what} did not end within ${seconds} s`)),
      timeoutMs,
    );
    try {
      return await Promise.race([flight, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
