import { isAnsweredWith, operationOf, type RouteType } from "./operations.ts";
import type { ModelOptions, Provider } from "./provider.ts";

/**
 * The operation that a provider is asked for when a client asks for another which it does not have. Throws what
 * `Endpoint.format` does.
 */
export function askedOperation(
  { operations }: Provider,
  routeType: RouteType,
  options: ModelOptions,
  model: string,
): RouteType {
  const { otherwise } = operationOf(routeType);
  if (otherwise === undefined || !isAnsweredWith("text", routeType)) return routeType;
  return operations[routeType]?.format?.(options, model) ? routeType : otherwise;
}
