import { GatewayError } from "../src/chat/error.ts";
import type { JsonObject } from "../src/chat/json.ts";
import type { ChatRequest } from "../src/chat/request.ts";
import { CAPABILITIES, type Capability, type Fidelity } from "../src/formats/capabilities.ts";
import type { WireFormat } from "../src/formats/wire-format.ts";
import { lastMile } from "../src/gateway/request/upstream-body.ts";
import { rulesFor } from "../src/providers/fitted.ts";
import type { Invocation, ModelOptions, Provider } from "../src/providers/provider.ts";
import { PROVIDERS } from "../src/providers/registry.ts";
import { type ProviderName, targetSchema } from "../src/providers/target-schema.ts";
import { requestUsing } from "../tests/laws/fidelity-requests.ts";
import { FIDELITY_TABLES } from "./fidelity-tables.ts";

export type TextRouteType = "llm/v1/chat" | "llm/v1/completions";

/** A provider as it is set up to speak one dialect. */
export interface Variant {
  /** The provider's name, with the dialect where there are several. */
  readonly label: string;
  readonly provider: Provider;
  readonly written: Readonly<Record<string, unknown>>;
  /** A model that the dialect goes with; empty where any model is spoken to alike. */
  readonly model: string;
}

/** Options that choose among a provider's dialects. */
const DIALECTS: Readonly<
  Partial<Record<ProviderName, Readonly<Record<string, Variant["written"]>>>>
> = {
  cohere: { "": {}, v1: { cohere: { cohere_api: "v1" } } },
  gemini: {
    "": {},
    "Vertex, Claude": {
      gemini: { api_endpoint: "vertex.example", project_id: "p", location_id: "l" },
    },
  },
  llama2: {
    openai: { llama2_format: "openai" },
    ollama: { llama2_format: "ollama" },
    raw: { llama2_format: "raw" },
  },
  mistral: {
    openai: { mistral_format: "openai" },
    ollama: { mistral_format: "ollama" },
    raw: { mistral_format: "raw" },
  },
};

const MODELS: Readonly<Record<string, string>> = { "Vertex, Claude": "claude-sonnet-4-5" };

export const VARIANTS: readonly Variant[] = Object.values(PROVIDERS).flatMap((provider) =>
  Object.entries(DIALECTS[provider.name] ?? { "": {} }).map(([dialect, written]) => ({
    label: dialect === "" ? provider.name : `${provider.name} (${dialect})`,
    provider,
    written,
    model: MODELS[dialect] ?? "",
  })),
);

/** A provider's column in the table of an operation. */
export interface Column {
  readonly label: string;
  readonly format: string;
  readonly fidelity: Fidelity;
  /** What the provider does not take although its dialect has words for it. */
  readonly refused: readonly Capability[];
}

/** Undefined where the provider has no dialect for the operation. */
export function columnOf(variant: Variant, routeType: TextRouteType): Column | undefined {
  const { provider, label } = variant;
  const options = columnOptions(variant, routeType);
  const format = provider.operations[routeType]?.format?.(options, variant.model);
  const table = format && FIDELITY_TABLES.get(format.name);
  if (!table) return undefined;
  const kind = routeType === "llm/v1/chat" ? "chat" : "completion";
  const overrides = CAPABILITIES.flatMap((capability) => {
    const { how } = table[capability];
    const chat = how === "dropped" ? undefined : requestUsing(capability, format.name, kind);
    const wire = chat && encoded(format, chat);
    const becomes = wire && changed(wire, provider, invocationOf(chat, routeType, options));
    if (becomes === undefined || (becomes === "mapped" && how !== "kept")) return [];
    return [[capability, { how: becomes }] as const];
  });
  const refused = overrides.filter(([, { how }]) => how === "dropped").map(([name]) => name);
  return { label, format: format.name, fidelity: { ...table, ...fromEntries(overrides) }, refused };
}

function fromEntries(
  overrides: readonly (readonly [Capability, Fidelity[Capability]])[],
): Partial<Fidelity> {
  return Object.fromEntries(overrides);
}

/** As a target with this dialect has them. */
export function columnOptions(
  { provider, written }: Variant,
  routeType: TextRouteType,
): ModelOptions {
  const model = { provider: provider.name, options: written };
  return targetSchema.parse({ route_type: routeType, model }).model.options;
}

function invocationOf(
  { model }: ChatRequest,
  routeType: TextRouteType,
  options: ModelOptions,
): Invocation {
  return { routeType, model, options, stream: false };
}

/** Undefined where the format refuses the request. */
function encoded(format: WireFormat, chat: ChatRequest): JsonObject | undefined {
  try {
    return format.encodeRequest(chat).wire;
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** What the provider's last mile makes of a request in its dialect; undefined where that goes as it is. */
function changed(
  wire: JsonObject,
  provider: Provider,
  invocation: Invocation,
): Fidelity[Capability]["how"] | undefined {
  const taken = lastMile(wire, provider, invocation);
  const kinds = taken.notices.map(({ kind }) => kind);
  if (kinds.includes("dropped")) return "dropped";
  if (kinds.includes("approximated")) return "approximated";
  const isFitted = rulesFor(provider, invocation) !== undefined && taken.wire !== wire;
  return isFitted ? "mapped" : undefined;
}
