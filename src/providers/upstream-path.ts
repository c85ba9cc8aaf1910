import { GatewayError } from "../chat/error.ts";
import { operationOf, type RouteType } from "./operations.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[/\\\u0000-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const NOT_IN_A_PATH = /[?#\\\u0000-\u0020\u007f]/;
const SUSPICIOUS = /[%\\]|\/\.|^\./;

/** One value as one segment of a path. Throws `invalid_request` where it could climb out of its place. */
export function pathSegment(value: string): string {
  if (value === "" || value === "." || value === "..") throw notASegment();
  return encodeURIComponent(value.toWellFormed());
}

/** A segment of the client's own path: decoded, checked, and encoded again. Throws `invalid_request`. */
function clientSegment(raw: string): string {
  const value = decoded(raw);
  if (value === undefined || FORBIDDEN.test(value)) throw notASegment();
  return pathSegment(value);
}

/** The client's own path, as it came. Throws `invalid_request` where it could be read as something else. */
export function clientPathAsItIs(path: string): string {
  if (NOT_IN_A_PATH.test(path)) throw notASegment();
  return assertNoClimbing(path);
}

/** Refuses a path that a server might resolve to another place. Throws `invalid_request`. */
export function assertNoClimbing(path: string): string {
  if (!SUSPICIOUS.test(path)) return path;
  const plain = decoded(path);
  if (plain === undefined) throw notASegment();
  for (const segment of plain.split(/[/\\]/)) {
    if (segment === "." || segment === "..") throw notASegment();
  }
  return path;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function notASegment(): GatewayError {
  return new GatewayError(
    "invalid_request",
    "the path of the request holds a segment that is empty, a dot segment, or not allowed",
  );
}

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
