import { clientSegment } from "./path-segment.ts";
import type { RouteType } from "./target-schema.ts";

/** What a client's path calls the stored things of an operation; the first is what the base path ends with. */
const NOUNS: Readonly<Partial<Record<RouteType, readonly string[]>>> = {
  "llm/v1/files": ["files"],
  "llm/v1/batches": ["batches"],
  "llm/v1/assistants": ["assistants", "threads"],
  "llm/v1/responses": ["responses"],
  "video/v1/videos/generations": ["videos"],
};

export function hasResources(routeType: RouteType): boolean {
  return NOUNS[routeType] !== undefined;
}

/**
 * The path of a stored thing: what the client's path names after the noun, behind `base`.
 * Throws `invalid_request` for a segment that could leave its place.
 */
export function resourcePath(base: string, routeType: RouteType, clientPath: string): string {
  const nouns = NOUNS[routeType] ?? [];
  const segments = clientPath.replace(/\/$/, "").split("/");
  const position = segments.findLastIndex((segment) => nouns.includes(segment));
  if (position < 0) return base;
  const noun = segments[position];
  const place = noun === nouns[0] ? base : base.replace(/[^/]*$/, noun ?? "");
  const rest = segments.slice(position + 1).map(clientSegment);
  return [place.replace(/\/$/, ""), ...rest].join("/");
}
