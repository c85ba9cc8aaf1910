import { GatewayError } from "../chat/error.ts";
import { type Lasting, refreshing } from "./refreshing.ts";

/** A request as it is about to be sent: signing schemes cover all of it. */
export interface AuthorizableRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | undefined;
}

/** Proves to a cloud who is calling. */
export interface Credential {
  /**
   * The headers to add, names in lower case. Throws `upstream_credentials` with the provider and the
   * cause in its message, never a secret.
   */
  authorize(request: AuthorizableRequest): Promise<Record<string, string>>;
}

/** What the sources of an identity read beside their own files and endpoints. */
export interface Surroundings {
  /** That of this process: AWS's library reads it by itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** One sentence about something that goes wrong while calls still succeed. */
  readonly report: (problem: string) => void;
}

/** Undefined where the source is not there; throws where it is there and gives nothing. */
export type Source<Value> = () => Promise<Value | undefined>;

/** The first source that is there; one that is there and fails is not passed over. Throws `none` where no one is. */
export async function firstOf<Value>(
  sources: readonly Source<Value>[],
  none: string,
): Promise<Value> {
  for (const source of sources) {
    const found = await source();
    if (found) return found;
  }
  throw new Error(none);
}

/** The error says what is lacking, whatever failed beneath. */
export async function named<Value>(what: string, load: () => Promise<Value>): Promise<Value> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    const message = `no ${what}: ${sentence(cause)}`;
    throw new GatewayError("upstream_credentials", message, { cause });
  }
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface BearerToken extends Lasting {
  readonly token: string;
  /** What must go with the token, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The token is got at the first call, kept, and renewed ahead of its end. `provider` stands in every
 * error.
 */
export function bearerCredential(
  provider: string,
  sources: readonly Source<BearerToken>[],
  { nowMs, report }: Surroundings,
): Credential {
  const load = () => firstOf(sources, "no identity is configured, and this machine has none");
  const token = refreshing(() => named(`${provider} token`, load), {
    nowMs,
    onFailure: (error) => report(`the token is not renewed yet: ${sentence(error)}`),
  });
  return {
    async authorize() {
      const { token: value, headers } = await token();
      return { ...headers, authorization: `Bearer ${value}` };
    },
  };
}
