import type { Route } from "./entities.ts";

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

/**
 * Request paths: the one spelling routes are compared with, and the way back to a path that is
 * safe to send. RFC 3986 §6.2.2 (percent-encoding and dot segments), with repeated slashes merged.
 */

/** Characters that mean something in a URI: decoding them would change what the path says. */
const reserved = new Set("!*'();:@&=+$,/?%#[]");

const unsafe = /[^!#$&'()*+,/:;=?@[\]A-Za-z0-9\-_.~%]+/g;

/**
 * Decodes what is safe to decode, removes dot segments and merges slashes. Reserved characters
 * (`%2F` above all) stay encoded, and so do control characters, so that a capture can never carry
 * a line break, and bytes that are no UTF-8.
 */
export function normalizePath(path: string): string {
  const decoded = path.includes("%") ? decodePath(path) : path;
  return needsSegmentWork(decoded) ? removeDotSegments(decoded) : decoded;
}

/** Percent-encodes everything that may not stand in a request line; what is encoded stays as it is. */
export function escapePath(path: string): string {
  return path.replace(unsafe, (text) => encodeURIComponent(text.toWellFormed()));
}

/** Of percent-encoded characters those that say nothing else than themselves. */
export function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    run.replace(/%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+/gi, decodeTriplets),
  );
}

function decodeTriplets(triplets: string): string {
  const text = decodeUtf8(triplets);
  if (text === undefined || reserved.has(text)) return triplets.toUpperCase();
  const code = text.charCodeAt(0);
  return code < 0x20 || code === 0x7f ? triplets.toUpperCase() : text;
}

function decodeUtf8(triplets: string): string | undefined {
  try {
    return decodeURIComponent(triplets);
  } catch {
    return undefined;
  }
}

function needsSegmentWork(path: string): boolean {
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    const next = path.charCodeAt(slash + 1);
    if (next === 0x2e || next === 0x2f) return true;
  }
  return path.charCodeAt(0) === 0x2e;
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/");
  const last = segments.at(-1);
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const trailing = kept.length > 0 && (last === "" || last === "." || last === "..");
  return `/${kept.join("/")}${trailing ? "/" : ""}`;
}
