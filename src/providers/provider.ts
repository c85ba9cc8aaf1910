import type { JsonObject } from "../chat/json.ts";
import type { EmbeddingsFormat } from "../formats/embeddings/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { FamilyRules } from "./chat-rules.ts";
import type { ProviderName, RouteType, TargetConfig } from "./target-schema.ts";
import type { ToolNameRule } from "./tool-names.ts";

/**
 * A vendor, as data: where it is, which dialect it speaks for which operation, and what it cannot
 * take. A vendor that speaks OpenAI's dialect is one file with one such record.
 */
export interface Provider {
  readonly name: ProviderName;
  /** One sentence for the reference page. */
  readonly about: string;
  /** The wire format spoken for an operation with a model; undefined where the provider has none. */
  format(routeType: RouteType, options: ModelOptions, model: string): WireFormat | undefined;
  /** Whether its answers lack what clients of that format rely on, or say it otherwise; absent: never. */
  departs?(options: ModelOptions, model: string): boolean;
  /**
   * How texts are sent to become vectors: in the client's own dialect, or in another; absent or
   * undefined where the provider has no such operation. Throws `invalid_request` for a model that is
   * known to be asked in no way that is built.
   */
  embeddings?(operation: Operation): "as-it-came" | EmbeddingsFormat | undefined;
  /** `https://host[:port]` when `upstream_url` is not set; undefined where there is no fixed home. */
  origin(options: ModelOptions): string | undefined;
  /** What to set so that there is an origin, where that is not `upstream_url`. */
  readonly originNeeds?: string;
  /** Path (and query) of an operation when neither `upstream_url` nor `upstream_path` is set. */
  path(operation: Operation): string | undefined;
  /** Query parameters that are sent unless `upstream_url` or the client names them. */
  query?(operation: Operation): Readonly<Record<string, string>>;
  /** Headers the vendor needs besides the credential; they win over the client's. */
  headers?(operation: Operation): Readonly<Record<string, string>>;
  /**
   * The header that says which version of its dialect is spoken. Where the client's own request goes
   * through, the client's version wins over what is configured.
   */
  readonly versionHeader?: string;
  /** The last mile in any other dialect: what this vendor spells otherwise within its format. Returns `wire` itself when nothing changes. */
  adapt?(wire: JsonObject, operation: Operation): JsonObject;
  /** Which names of tools it takes, in a dialect other than the client's; absent or undefined: any. */
  toolNames?(operation: Operation): ToolNameRule | undefined;
  /**
   * What its models take of OpenAI's dialect, where that is spoken; undefined where another is. The
   * same list for the same kind of operation: what follows from one is kept.
   */
  readonly families?: FamilyRules | ((operation: Operation) => FamilyRules | undefined);
  /** The name that tells the model's family, where it is not always the one that is asked for. */
  modelTold?(operation: Operation): string;
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
  /** What is appended to `upstream_url` for an operation, for a vendor whose URL is a base. */
  urlSuffix?(routeType: RouteType): string | undefined;
  /** Endings of a path that name the plain and the streamed form of one operation. */
  readonly streamEndings?: StreamEndings | ((options: ModelOptions) => StreamEndings);
}

export type StreamEndings = readonly (readonly [plain: string, streamed: string])[];

export type ModelOptions = TargetConfig["model"]["options"];

export interface Operation {
  readonly routeType: RouteType;
  /** As selected for this call, not yet encoded; empty when there is none. */
  readonly model: string;
  readonly options: ModelOptions;
  readonly stream: boolean;
}
