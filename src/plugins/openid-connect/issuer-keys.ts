import type { JSONWebKeySet } from "jose";
import { createLocalJWKSet } from "jose/jwks/local";
import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, parseJson } from "../../chat/json.ts";

/** What an identity provider signs with now. */
export interface IssuerKeys {
  /** Who signs, as `iss` of its tokens has it. */
  readonly issuer: string;
  /** One resolver for each set: the provider's own, and more that are trusted. */
  readonly sets: readonly ReturnType<typeof createLocalJWKSet>[];
}

export interface IssuerSource {
  /** The issuer's identifier, or the address of its discovery document. */
  readonly issuer: string;
  /** In place of the discovery document's `jwks_uri`. */
  readonly jwksEndpoint?: string;
  readonly moreJwksUris: readonly string[];
  /** Whether the document may be of an issuer with another name, since tokens are held to a list. */
  readonly isAnyIssuer: boolean;
  readonly timeoutMs: number;
  readonly verifiesTls: boolean;
  /** How long keys are taken without asking for them again. */
  readonly freshMs: number;
  /** Least time between two attempts. */
  readonly pauseMs: number;
}

export interface Surroundings {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Told when keys cannot be had, and when they can be again. */
  readonly onStateChange: (failure: string | undefined) => void;
}

/** Keys of an issuer that cannot be asked any more are taken so long after they were last seen. */
const MAX_STALE_MS = 24 * 3_600_000;
const MAX_DOCUMENT_BYTES = 512 * 1024;

/**
 * The keys of an issuer, found by its discovery document (OpenID Connect Discovery 1.0 §4), kept and
 * asked for again when they are old or do not know a token's key; once for all who wait, and at most
 * once in `pauseMs`. Throws `unavailable` where there are none.
 */
export function issuerKeys(source: IssuerSource, { nowMs, onStateChange }: Surroundings) {
  let held: IssuerKeys | undefined;
  let loadedAtMs = 0;
  let nextLoadMs = 0;
  let flight: Promise<void> | undefined;
  let failure: string | undefined;

  async function load(): Promise<void> {
    nextLoadMs = nowMs() + source.pauseMs;
    const before = failure;
    try {
      held = await fetched(source);
      loadedAtMs = nowMs();
      failure = undefined;
    } catch (cause) {
      failure = cause instanceof Error ? cause.message : String(cause);
    }
    flight = undefined;
    if ((before === undefined) !== (failure === undefined)) onStateChange(failure);
  }

  /** The load that is under way, or a new one where it is time. */
  function loading(): Promise<void> | undefined {
    if (!flight && nowMs() >= nextLoadMs) flight = load();
    return flight;
  }

  function usable(): IssuerKeys {
    if (held && nowMs() - loadedAtMs <= source.freshMs + MAX_STALE_MS) return held;
    throw new GatewayError("unavailable", "The keys of the identity provider cannot be had now", {
      cause: failure,
    });
  }

  return {
    /** Nobody waits where keys are held that may still be taken. */
    async now(): Promise<IssuerKeys> {
      const ageMs = nowMs() - loadedAtMs;
      if (held && ageMs <= source.freshMs) return held;
      const load = loading();
      if (!held || ageMs > source.freshMs + MAX_STALE_MS) await load;
      return usable();
    },
    /** After these did not know a key: newer ones, or the same where it is too early to ask. */
    async newerThan(known: IssuerKeys): Promise<IssuerKeys> {
      if (held === known) await loading();
      return usable();
    },
  };
}

const WELL_KNOWN = "/.well-known/openid-configuration";

async function fetched(source: IssuerSource): Promise<IssuerKeys> {
  const { issuer, own } = await discovered(source);
  const sets = await Promise.all(
    [own, ...source.moreJwksUris].map(async (uri) => {
      // jose looks at the whole set before it takes it.
      return createLocalJWKSet((await document(uri, source)) as unknown as JSONWebKeySet);
    }),
  );
  return { issuer, sets };
}

async function discovered(source: IssuerSource): Promise<{ issuer: string; own: string }> {
  const identifier = source.issuer.replace(WELL_KNOWN, "");
  if (source.jwksEndpoint !== undefined) return { issuer: identifier, own: source.jwksEndpoint };
  const { issuer, jwks_uri: own } = await document(
    identifier.replace(/\/$/, "") + WELL_KNOWN,
    source,
  );
  if (typeof issuer !== "string" || typeof own !== "string") {
    throw new Error("its discovery document has no issuer or no jwks_uri");
  }
  const isSame = issuer.replace(/\/$/, "") === identifier.replace(/\/$/, "");
  if (!isSame && !source.isAnyIssuer) {
    throw new Error(`its discovery document is of another issuer, '${issuer}'`);
  }
  if (identifier.startsWith("https:") && !own.startsWith("https:")) {
    throw new Error("its discovery document leads from https to a jwks_uri without");
  }
  return { issuer, own };
}

/** A JSON document of bounded size. Redirects are not followed: who answers is whom the file names. */
async function document(url: string, { timeoutMs, verifiesTls }: IssuerSource) {
  const answer = await fetch(url, {
    headers: { accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    tls: { rejectUnauthorized: verifiesTls },
  });
  const where = new URL(url).origin + new URL(url).pathname;
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`${where} answered ${answer.status}`);
  }
  const value = parseJson(await boundedText(answer, where));
  if (!isJsonObject(value)) throw new Error(`${where} answered without a JSON object`);
  return value;
}

async function boundedText({ body }: Response, where: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_DOCUMENT_BYTES) throw new Error(`${where} answered with too much`);
  }
  return text + decoder.decode();
}
