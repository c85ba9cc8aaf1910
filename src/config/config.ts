import type { PluginDefinition } from "../plugins/define-plugin.ts";
import type { Consumer, Route, Scope, Service } from "../routing/entities.ts";
import type { CredentialType } from "./schemas/consumer.ts";

/** One generation of configuration: everything that a file says, resolved and validated. */
export interface Config {
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  readonly consumers: readonly Consumer[];
  readonly consumerGroups: readonly ConsumerGroup[];
  readonly credentials: readonly Credential[];
  /** The enabled ones. */
  readonly plugins: readonly PluginInstance[];
  /** What listeners that speak TLS show. */
  readonly certificates: readonly Certificate[];
  /** As the file asks at the start; a reload does not change it. */
  readonly workers?: Workers;
  readonly warnings: readonly Problem[];
}

/** How many processes serve calls: a number, or one for each core. */
export type Workers = number | "auto";

export interface ConsumerGroup {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** What a consumer proves its identity with; `fields` is kept as loaded and holds secrets. */
export interface Credential {
  readonly id: string;
  readonly type: CredentialType;
  readonly consumerId: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

/** A certificate and its private key, PEM; `*` among the names, or none, is for all others. */
export interface Certificate {
  readonly id: string;
  readonly cert: string;
  readonly key: string;
  /** The same names with a key of another kind: each client gets the one that it takes. */
  readonly alternate?: { readonly cert: string; readonly key: string };
  readonly serverNames: readonly string[];
  readonly tags: readonly string[];
}

export interface PluginInstance {
  readonly id: string;
  readonly name: string;
  readonly instanceName?: string;
  readonly scope: Scope;
  /** As the plugin's schema parsed it. */
  readonly options: unknown;
  readonly definition: PluginDefinition;
  readonly tags: readonly string[];
}

export interface Problem {
  readonly severity: "error" | "warning";
  /** From the root of the file: `plugins[0].config.model.provider`. */
  readonly path: string;
  readonly message: string;
  readonly position?: Position;
  /** `did you mean …`. */
  readonly hint?: string;
}

/** Line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The world a file is read in. `readFile` throws where a file cannot be read. */
export interface LoadContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plugins: readonly PluginDefinition[];
  readFile(path: string): string;
}

export type LoadResult = { readonly config: Config } | { readonly problems: readonly Problem[] };
