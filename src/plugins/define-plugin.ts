import type { z } from "zod";
import type { Middleware, Preview } from "../gateway/call/call.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import type { TargetConfig } from "../providers/target-schema.ts";
import type { Consumer, Scope } from "../routing/entities.ts";
import type { CallRecord } from "../telemetry/call-record.ts";

/**
 * A plugin: its schema is its configuration, its validation, its editor help and its reference page.
 * Registered by one line in `registry.ts`.
 */
export interface PluginDefinition {
  /** As written in the configuration. */
  readonly name: string;
  /** Higher runs earlier (the order table of the reference). */
  readonly priority: number;
  /** One sentence for the reference page. */
  readonly about: string;
  /** Every field carries a default and a description; entity checks are `superRefine` issues with the path `["@entity"]`. */
  readonly options: z.ZodType;
  /** Which scopes the configuration may name. */
  readonly scopes: readonly ("consumer" | "consumer_group" | "route" | "service")[];
  /** It looks at what is said: there is nothing for it on a route whose bodies nobody reads. */
  readonly readsText?: true;
  /**
   * Rewrites options of earlier releases before they are validated. Pure; the options are as written
   * in the file and may be of any shape. `warn` takes a path within `config`.
   */
  migrate?(
    options: Readonly<Record<string, unknown>>,
    warn: (path: readonly (string | number)[], message: string) => void,
  ): Readonly<Record<string, unknown>>;
  /** What works, but probably not as meant; called with valid options. Paths are within `config`. */
  warnings?(options: unknown): readonly OptionsWarning[];
  /** Consumers that the options name, by id or username; a file that does not declare them is refused. */
  consumers?(options: unknown): readonly ConsumerName[];
  /** The models that its calls may go to, each with where it is asked and with what credential. */
  targets?(options: unknown): readonly TargetConfig[];
  create(options: unknown, context: PluginContext): Plugin;
}

export interface ConsumerName {
  /** Within `config`. */
  readonly path: readonly (string | number)[];
  readonly name: string;
}

export interface OptionsWarning {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface PluginContext {
  /** Stable across reloads: derived from name and scope where the file gives none. */
  readonly id: string;
  /** What it shares with all other instances, and with those of the next configuration. */
  readonly processState: ProcessState;
  readonly instanceName?: string;
  /** What the instance applies to. */
  readonly scope: Scope;
  /** Who may call, for plugins that recognise callers. */
  readonly consumers?: readonly Consumer[];
  readonly credentials?: readonly CredentialEntity[];
}

/** What a consumer proves its identity with; `fields` are those of its type in the file, secrets and all. */
export interface CredentialEntity {
  readonly id: string;
  /** The list that holds it: `keyauth_credentials` and the like. */
  readonly type: string;
  readonly consumerId: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A configured instance. `handle` takes part in the onion; `log` sees every finished call's record. */
export interface Plugin {
  readonly handle?: Middleware;
  /** What `handle` will make of a call's prompt, for plugins further out that are to look at that. */
  readonly preview?: Preview;
  /** The models that a call may be sent to, of a plugin that chooses one. */
  readonly targets?: readonly TargetConfig[];
  log?(record: CallRecord): void;
  /** Lets queues drain; called when a configuration generation is retired. */
  close?(): Promise<void>;
}

interface PluginSource<Options extends z.ZodType>
  extends Omit<PluginDefinition, "options" | "create" | "warnings" | "consumers" | "targets"> {
  readonly options: Options;
  warnings?(options: z.output<Options>): readonly OptionsWarning[];
  consumers?(options: z.output<Options>): readonly ConsumerName[];
  targets?(options: z.output<Options>): readonly TargetConfig[];
  create(options: z.output<Options>, context: PluginContext): Plugin;
}

export function definePlugin<Options extends z.ZodType>(
  source: PluginSource<Options>,
): PluginDefinition {
  // The loader parsed the options with this very schema; here they only get their type back.
  return {
    ...source,
    create: (options, context) => source.create(options as z.output<Options>, context),
    consumers: (options) => source.consumers?.(options as z.output<Options>) ?? [],
    targets: (options) => source.targets?.(options as z.output<Options>) ?? [],
    warnings: (options) => source.warnings?.(options as z.output<Options>) ?? [],
  };
}
