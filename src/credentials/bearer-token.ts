import { GatewayError } from "../chat/error.ts";
import type { Credential } from "./credential.ts";
import { type Lasting, refreshing } from "./refreshing.ts";

/** What the sources of tokens read beside their own files and endpoints. */
export interface TokenSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** One sentence about something that goes wrong while calls still succeed. */
  readonly report: (problem: string) => void;
}

export interface BearerToken extends Lasting {
  readonly token: string;
  /** What must go with the token, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined where the source is not there; throws where it is there and gives no token. */
export type TokenSource = (around: TokenSurroundings) => Promise<BearerToken | undefined>;

/**
 * The first source that is there; one that is there and fails is not passed over. The token is got
 * at the first call, kept, and renewed ahead of its end. `provider` stands in every error.
 */
export function bearerCredential(
  provider: string,
  sources: readonly TokenSource[],
  around: TokenSurroundings,
): Credential {
  const token = refreshing(() => named(provider, () => firstOf(sources, around)), {
    nowMs: around.nowMs,
    onFailure: (error) => around.report(`the token is not renewed yet: ${sentence(error)}`),
  });
  return {
    async authorize() {
      const { token: value, headers } = await token();
      return { ...headers, authorization: `Bearer ${value}` };
    },
  };
}

async function firstOf(
  sources: readonly TokenSource[],
  around: TokenSurroundings,
): Promise<BearerToken> {
  for (const source of sources) {
    const found = await source(around);
    if (found) return found;
  }
  throw new Error("no identity is configured, and this machine has none");
}

async function named(provider: string, load: () => Promise<BearerToken>): Promise<BearerToken> {
  try {
    return await load();
  } catch (cause) {
    const message = `no ${provider} token: ${sentence(cause)}`;
    throw new GatewayError("upstream_credentials", message, { cause });
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
