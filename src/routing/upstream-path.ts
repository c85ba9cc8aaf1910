import type { Route } from "./entities.ts";
import { escapePath } from "./request-path.ts";

/**
 * The path to ask the upstream for: the service's path and what `strip_path` leaves of the
 * client's, joined as `path_handling` says.
 * https://developer.konghq.com/gateway/entities/route/#path-handling-algorithms
 *
 * @param path normalised request path
 * @param matchedLength how much of it the route's path matched; undefined when it has no paths
 */
export function upstreamPath(
  route: Route,
  path: string,
  matchedLength: number | undefined,
): string {
  const base = route.service?.path || "/";
  const rest =
    matchedLength === undefined ? path.slice(1) : withoutLeadingDots(path.slice(matchedLength));
  return escapePath(joins[route.pathHandling](base, path, route.stripPath ? rest : undefined));
}

/** `rest` is absent where nothing is stripped. */
type Join = (base: string, path: string, rest: string | undefined) => string;

const joins = {
  v0: (base, path, rest) => {
    if (rest === undefined) return joinWhole(base, path);
    if (rest !== "") return joinWithOneSlash(base, rest);
    return base === "/" ? base : withTrailingSlashOf(path, base);
  },
  v1: (base, path, rest) => {
    if (rest === undefined) return base + path.slice(1);
    return base.endsWith("/") && rest.startsWith("/") ? base + rest.slice(1) : base + rest;
  },
} satisfies Record<Route["pathHandling"], Join>;

function joinWhole(base: string, path: string): string {
  if (base.endsWith("/")) return base + path.slice(1);
  return path === "/" ? base : base + path;
}

function joinWithOneSlash(base: string, rest: string): string {
  const head = base.endsWith("/") ? base.slice(0, -1) : base;
  return rest.startsWith("/") ? head + rest : `${head}/${rest}`;
}

function withTrailingSlashOf(path: string, base: string): string {
  const head = base.endsWith("/") ? base.slice(0, -1) : base;
  return path.length > 1 && path.endsWith("/") ? `${head}/` : head;
}

/** `/foo..` is a plain name to a prefix `/foo`, but what is left of it would climb out of the service's path. */
function withoutLeadingDots(rest: string): string {
  if (rest === "." || rest === "..") return "";
  if (rest.startsWith("./")) return rest.slice(2);
  return rest.startsWith("../") ? rest.slice(3) : rest;
}
