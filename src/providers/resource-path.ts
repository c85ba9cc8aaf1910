import { operationOf, type RouteType } from "./operations.ts";
import { clientSegment } from "./path-segment.ts";

export function hasResources(routeType: RouteType): boolean {
  return operationOf(routeType).nouns !== undefined;
}

/**
 * The path of a stored thing: what the client's path names after the noun, behind `base`.
 * Throws `invalid_request` for a segment that could leave its place.
 */
export function resourcePath(base: string, routeType: RouteType, clientPath: string): string {
  const nouns = operationOf(routeType).nouns ?? [];
  const segments = clientPath.replace(/\/$/, "").split("/");
  const position = segments.findLastIndex((segment) => nouns.includes(segment));
  if (position < 0) return base;
  const noun = segments[position];
  const place = noun === nouns[0] ? base : base.replace(/[^/]*$/, noun ?? "");
  const rest = segments.slice(position + 1).map(clientSegment);
  return [place.replace(/\/$/, ""), ...rest].join("/");
}
