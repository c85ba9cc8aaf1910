import type { LlmFormat } from "../providers/operations.ts";

/**
 * The runtime model: what every form of configuration compiles into. Names and defaults are those
 * of the declarative file; references are resolved, so a route holds its service.
 */
export interface Service {
  readonly id: string;
  readonly name?: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  /** Milliseconds. */
  readonly connectTimeoutMs: number;
  /** To the answer's headers, sending included. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of the answer. */
  readonly readTimeoutMs: number;
  readonly retries: number;
  readonly enabled: boolean;
  readonly tags: readonly string[];
}

/** Of each of a service's three timeouts, unless it is set. */
export const DEFAULT_SERVICE_TIMEOUT_MS = 60_000;

export interface Route {
  readonly id: string;
  readonly name?: string;
  readonly protocols: readonly string[];
  /** Empty lists match everything. */
  readonly methods: readonly string[];
  readonly hosts: readonly string[];
  /** A path that starts with `~` is a regular expression. */
  readonly paths: readonly string[];
  /** Lower-case header name → accepted values; a single value starting with `~*` is a regular expression. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** TLS server names; only looked at on https. */
  readonly snis?: readonly string[];
  readonly stripPath: boolean;
  readonly preserveHost: boolean;
  readonly pathHandling: "v0" | "v1";
  readonly regexPriority: number;
  readonly httpsRedirectStatusCode: number;
  readonly tags: readonly string[];
  readonly service?: Service;
  /** What its clients speak, where that is known: plugins that read prompts then need not be told. */
  readonly llmFormat?: LlmFormat;
}

export interface Consumer {
  readonly id: string;
  readonly username?: string;
  readonly customId?: string;
  /** Group names, sorted. */
  readonly groups: readonly string[];
  readonly tags: readonly string[];
}

/** What a plugin applies to; absent members do not narrow it. */
export interface Scope {
  readonly routeId?: string;
  readonly serviceId?: string;
  readonly consumerId?: string;
  readonly consumerGroup?: string;
}
