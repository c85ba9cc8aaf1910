import { GatewayError } from "../chat/error.ts";
import { soundModel } from "./effective-model.ts";
import { isTranslated, ROUTE_TYPES, type RouteType } from "./operations.ts";
import type { Invocation, Provider } from "./provider.ts";
import { PROVIDERS } from "./registry.ts";
import type { TargetConfig } from "./target-schema.ts";
import { hasTemplate } from "./templates.ts";
import { pathOf } from "./upstream-url.ts";

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
    attempted(() => serves(provider, { routeType, model: called, options, stream: false }));
  // Everybody has chats: without them the dialect itself is yet to be chosen, which is said elsewhere.
  if (!provider.operations["llm/v1/chat"]?.format?.(options, called)) return undefined;
  const answer = served(route_type);
  if (answer === true || (typeof answer === "string" && !isNamed)) return undefined;
  if (answer !== false) return answer;
  const others = ROUTE_TYPES.filter((one) => isTranslated(one) && served(one) === true);
  return `provider ${type}${dialectOf(provider, options)} has no '${route_type}': it serves ${others.join(", ")}`;
}

function serves(provider: Provider, invocation: Invocation): boolean {
  if (!hasPlace(provider, invocation)) return false;
  const { routeType, model, options } = invocation;
  return provider.operations[routeType]?.format?.(options, model) !== undefined;
}

/** What it says, or why the model at hand rules it out. */
function attempted(decide: () => boolean): boolean | string {
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
