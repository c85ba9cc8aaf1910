import type { z } from "zod";
import { GatewayError } from "../chat/error.ts";
import { askedOperation } from "./asked-operation.ts";
import { isTranslated, type LlmFormat, ROUTE_TYPES, type RouteType } from "./operations.ts";
import type { Invocation, Provider } from "./provider.ts";
import { PROVIDERS } from "./registry.ts";
import { soundModel } from "./target.ts";
import type { TargetConfig } from "./target-schema.ts";
import { hasTemplate } from "./templates.ts";
import { pathOf } from "./upstream-url.ts";

/** A path within the target, and what is wrong there. */
export interface TargetProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What a check needs to know of the plugin around the target. */
export interface TargetSurroundings {
  readonly llmFormat: LlmFormat;
}

/** And what it looks at. */
export interface TargetFacts extends TargetSurroundings {
  readonly config: TargetConfig;
  readonly model: TargetConfig["model"];
}

interface Check {
  readonly fails: (facts: TargetFacts) => boolean;
  readonly message: string;
}

/** Operations of an Azure resource rather than of a deployment. */
const WITHOUT_DEPLOYMENT: ReadonlySet<RouteType> = new Set([
  "llm/v1/files",
  "llm/v1/batches",
  "llm/v1/assistants",
  "llm/v1/responses",
]);

/** In the order, and in the words, of the reference. */
const CHECKS: readonly Check[] = [
  {
    fails: ({ model, config }) =>
      (model.provider === "bedrock" || model.provider === "gemini") && config.auth.allow_override,
    message: "bedrock and gemini only support auth.allow_override = false",
  },
  {
    fails: ({ config: { auth } }) => someButNotAll(auth.header_name, auth.header_value),
    message: allOrNone("auth.header_name", "auth.header_value"),
  },
  {
    fails: ({ config: { auth } }) =>
      someButNotAll(auth.param_name, auth.param_value, auth.param_location),
    message: allOrNone("auth.param_name", "auth.param_value", "auth.param_location"),
  },
  mustSet("llama2_format", "llama2"),
  mustSet("mistral_format", "mistral"),
  mustSet("anthropic_version", "anthropic"),
  mustSet("azure_instance", "azure"),
  mustSet("azure_api_version", "azure"),
  {
    fails: ({ config, model }) =>
      model.provider === "azure" &&
      !model.options.azure_deployment_id &&
      !model.options.upstream_url &&
      !WITHOUT_DEPLOYMENT.has(config.route_type),
    message: "must set 'model.options.azure_deployment_id' for azure provider",
  },
  {
    fails: ({ model }) => model.provider === "llama2" && !model.options.upstream_url,
    message: "must set 'model.options.upstream_url' for self-hosted providers/models",
  },
  {
    fails: ({ model: { options } }) =>
      someButNotAll(
        options.gemini.api_endpoint,
        options.gemini.project_id,
        options.gemini.location_id,
      ),
    message: allOrNone("api_endpoint", "project_id", "location_id"),
  },
  {
    fails: ({ config, model }) =>
      model.provider === "anthropic" &&
      config.route_type === "llm/v1/completions" &&
      config.logging.log_statistics,
    message: "anthropic does not support statistics when route_type is llm/v1/completions",
  },
  nativeOnly("bedrock"),
  nativeOnly("gemini"),
];

/** What makes a target unusable; all that fail, in the reference's order. */
export function targetChecks(
  config: TargetConfig,
  surroundings: TargetSurroundings,
): TargetProblem[] {
  const { model, issues } = soundModel(config.model);
  const facts = { ...surroundings, config, model };
  const failed = CHECKS.filter(({ fails }) => fails(facts));
  return [
    ...issues.map(metadataProblem),
    ...failed.map(({ message }) => ({ path: ["@entity"], message })),
  ];
}

function metadataProblem({ path, message }: z.core.$ZodIssue): TargetProblem {
  const fields = path.map((step) => (typeof step === "symbol" ? String(step) : step));
  return { path: ["model", "metadata", ...fields], message };
}

function mustSet(
  option:
    | "llama2_format"
    | "mistral_format"
    | "anthropic_version"
    | "azure_instance"
    | "azure_api_version",
  provider: TargetConfig["model"]["provider"],
): Check {
  return {
    fails: ({ model }) => model.provider === provider && !model.options[option],
    message: `must set 'model.options.${option}' for ${provider} provider`,
  };
}

function nativeOnly(format: "bedrock" | "gemini"): Check {
  return {
    fails: ({ llmFormat, model }) => llmFormat === format && model.provider !== format,
    message: `native llm_format '${format}' can only be used with the '${format}' model.provider`,
  };
}

function allOrNone(...fields: readonly string[]): string {
  return `all or none of these fields must be set: ${fields.map((field) => `'${field}'`).join(", ")}`;
}

function someButNotAll(...values: readonly (string | undefined)[]): boolean {
  return values.some(Boolean) && !values.every(Boolean);
}

/**
 * Why no call to a target could ever be answered, whatever it says: its provider has no such operation
 * in the dialect that is configured. Undefined where one could, and where it depends on each call.
 */
export function unservedOperation({ route_type, model }: TargetConfig): string | undefined {
  if (!isTranslated(route_type)) return undefined;
  const { name = "", provider: type, options } = soundModel(model).model;
  const provider = PROVIDERS[type];
  const isNamed = name !== "" && !hasTemplate(name);
  const called = isNamed ? name : "model";
  const served = (routeType: RouteType) =>
    answerOf(() => serves(provider, { routeType, model: called, options, stream: false }));
  // Where there are chats, but in no dialect, that is yet to be chosen, which is said elsewhere.
  const { "llm/v1/chat": chat } = provider.operations;
  if (chat && !chat.format?.(options, called)) return undefined;
  const answer = served(route_type);
  if (answer === true || (typeof answer === "string" && !isNamed)) return undefined;
  if (answer !== false) return answer;
  const others = ROUTE_TYPES.filter((one) => isTranslated(one) && served(one) === true);
  return `provider ${type}${dialectOf(provider, options)} has no '${route_type}': it serves ${others.join(", ")}`;
}

function serves(provider: Provider, invocation: Invocation): boolean {
  if (!hasPlace(provider, invocation)) return false;
  const { routeType, model, options } = invocation;
  const { operations } = provider;
  const asked = askedOperation(provider, routeType, options, model);
  return operations[asked]?.format?.(options, model) !== undefined;
}

/** What it says, or why the model at hand rules it out. */
function answerOf(decide: () => boolean): boolean | string {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return error.message;
  }
}

/** A configured URL is the operation's, whatever the provider's own paths are. */
function hasPlace(provider: Provider, invocation: Invocation): boolean {
  const { upstream_url: url, upstream_path: path } = invocation.options;
  if (url || path || !provider.origin(invocation.options)) return true;
  return pathOf(provider, invocation) !== undefined;
}

function dialectOf({ name }: Provider, options: Invocation["options"]): string {
  if (name !== "llama2" && name !== "mistral") return "";
  const field = name === "llama2" ? "llama2_format" : "mistral_format";
  return ` with ${field} ${options[field]}`;
}
