import type { JsonObject } from "../chat/json.ts";
import type { FamilyRules } from "./chat-rules.ts";
import type { DialectOf, RouteType } from "./operations.ts";
import type { ProviderName, TargetConfig } from "./target-schema.ts";
import type { ToolNameRule } from "./tool-names.ts";

/**
 * A vendor, as data: where it is, how it is asked for which operation, and what it cannot take. A
 * vendor that speaks OpenAI's dialect is one file with one such record.
 */
export interface Provider {
  readonly name: ProviderName;
  /** One sentence for the reference page. */
  readonly about: string;
  /** What only its own models are called, where a name alone tells. */
  readonly modelNames?: RegExp;
  /** What it serves, and how; what stands nowhere here it does not have. */
  readonly operations: Operations;
  /** Whether its answers lack what clients of that format rely on, or say it otherwise; absent: never. */
  deviates?(options: ModelOptions, model: string): boolean;
  /** `https://host[:port]` when `upstream_url` is not set; undefined where there is no fixed home. */
  origin(options: ModelOptions): string | undefined;
  /** What to set so that there is an origin, where that is not `upstream_url`. */
  readonly originNeeds?: string;
  /** The header that a key stands alone in, where it is not one of `Authorization`, behind `Bearer`. */
  readonly keyHeader?: string;
  /** Headers the vendor needs besides the credential; they win over the client's. */
  headers?(invocation: Invocation): Readonly<Record<string, string>>;
  /**
   * The header that says which version of its dialect is spoken. Where the client's own request goes
   * through, the client's version wins over what is configured.
   */
  readonly versionHeader?: string;
  /** The last mile in any other dialect: what this vendor spells otherwise within its format. Returns `wire` itself when nothing changes. */
  adapt?(wire: JsonObject, invocation: Invocation): JsonObject;
  /** Which names of tools it takes, in a dialect other than the client's; absent or undefined: any. */
  toolNames?(invocation: Invocation): ToolNameRule | undefined;
  /**
   * What its models take of OpenAI's dialect, where that is spoken; undefined where another is. The
   * same list for the same kind of operation: what follows from one is kept.
   */
  readonly families?: FamilyRules | ((invocation: Invocation) => FamilyRules | undefined);
  /** The name that tells the model's family, where it is not always the one that is asked for. */
  modelTold?(invocation: Invocation): string;
  /** What is wrong with a client's messages that cannot be read, where the reference says it in words of this vendor. */
  partFault?(wire: JsonObject): string | undefined;
  /** Its dialect is OpenAI's, and still has `functions` and `function_call` beside tools. */
  readonly takesFunctions?: true;
  /** Whether `stream_options.include_usage` may be added to a streamed request. */
  streamUsage(options: ModelOptions): boolean;
  /**
   * What `upstream_path` does where it is not simply the path of the default origin: `override` takes
   * the place of the path of `upstream_url` too; a path is what it is appended to.
   */
  upstreamPath?(options: ModelOptions): { readonly override: true } | { readonly appendTo: string };
}

export type Operations = { readonly [R in RouteType]?: Endpoint<DialectOf<R>> };

/** How an operation is asked of a provider. */
export interface Endpoint<Dialect> {
  /**
   * In which dialect; absent or undefined where there is none. Throws `invalid_request` for a model that
   * is known to be asked in no way that is built.
   */
  format?(options: ModelOptions, model: string): Dialect | undefined;
  /** Path (and query) when neither `upstream_url` nor `upstream_path` is set. */
  readonly path?: string | ((invocation: Invocation) => string | undefined);
  /** Query parameters that are sent unless `upstream_url` or the client names them. */
  query?(invocation: Invocation): Readonly<Record<string, string>>;
  /** What is appended to an `upstream_url` that does not end with it, for a vendor whose URL is a base. */
  readonly suffix?: string;
  /** Endings of a configured path that name the plain and the streamed form of the operation. */
  readonly streamEndings?: StreamEndings | ((options: ModelOptions) => StreamEndings);
  /** The address below the base URL of the short form, where it is not as OpenAI's is below `/v1`. */
  under?(base: string): string;
}

export type StreamEndings = readonly (readonly [plain: string, streamed: string])[];

export type ModelOptions = TargetConfig["model"]["options"];

/** An operation as it is asked of a provider. */
export interface Invocation {
  readonly routeType: RouteType;
  /** As selected for this call, not yet encoded; empty when there is none. */
  readonly model: string;
  readonly options: ModelOptions;
  readonly stream: boolean;
}
