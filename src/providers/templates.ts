import { GatewayError } from "../chat/error.ts";
import { headerNamed, isHeaderName, type ReadHeaders } from "../framing/header-map.ts";

/** Where `$(headers.x)`, `$(query_params.x)` and `$(uri_captures.x)` come from. */
export interface TemplateSource {
  readonly headers: ReadHeaders;
  /** With its `?`, or empty. */
  readonly search: string;
  readonly captures: Readonly<Record<string, string>>;
}

/**
 * Where an expanded value ends up. A host takes only letters, digits, dots and hyphens; a URL is
 * looked at part by part; text is taken as it is, and whoever puts it into a URL encodes it there.
 */
export type TemplatePosition = "text" | "host" | "url" | "path";

const PLACEHOLDER = /\$\(([^)]*)\)/g;
const HOST_VALUE = /^[A-Za-z0-9.-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

export function hasTemplate(text: string | undefined): boolean {
  return text?.includes("$(") ?? false;
}

/** Fills in every `$(source.key)` of one string. Throws `invalid_request` with the reference's words. */
export function expandTemplate(
  template: string,
  source: TemplateSource,
  position: TemplatePosition,
): string {
  if (!hasTemplate(template)) return template;
  const parts =
    position === "url" || position === "path" ? urlParts(template, position) : undefined;
  return template.replace(PLACEHOLDER, (_whole, expression: string, offset: number) => {
    const name = parseExpression(expression, template);
    const value = lookUp(name, source);
    if (CONTROL.test(value)) throw notAllowed(name);
    if (parts) return encodeAt(offset, { value, name, parts });
    if (position === "host" && !HOST_VALUE.test(value)) throw notAllowed(name);
    return value;
  });
}

interface Name {
  readonly source: string;
  readonly key: string;
}

/** Only the first dot divides: a key may hold dots. */
function parseExpression(expression: string, template: string): Name {
  const dot = expression.indexOf(".");
  if (dot <= 0 || dot === expression.length - 1) {
    throw badTemplate(`cannot parse expression for field '${template}'`);
  }
  return { source: expression.slice(0, dot), key: expression.slice(dot + 1) };
}

function lookUp({ source, key }: Name, from: TemplateSource): string {
  const value = valueAt({ source, key }, from);
  if (!value) throw badTemplate(`${source} key ${key} was not provided`);
  return value;
}

function valueAt({ source, key }: Name, from: TemplateSource): string | null | undefined {
  switch (source) {
    case "headers":
      return headerValue(key, from.headers);
    case "query_params":
      return new URLSearchParams(from.search).get(key);
    case "uri_captures":
      return Object.hasOwn(from.captures, key) ? from.captures[key] : undefined;
    default:
      throw badTemplate(`source '${source}' is not supported`);
  }
}

/** A header sent several times arrives joined; its first value counts. */
function headerValue(name: string, headers: ReadHeaders): string | undefined {
  if (!isHeaderName(name)) return undefined;
  return headerNamed(headers, name)?.split(", ", 1)[0];
}

interface UrlParts {
  readonly authorityEnd: number;
  readonly queryStart: number;
  /** The path is one placeholder and nothing else, so its slashes are the path's own. */
  readonly wholePath: boolean;
}

/** The seams are those of the template's own text: a value cannot move them. */
function urlParts(template: string, position: "url" | "path"): UrlParts {
  const masked = template.replace(PLACEHOLDER, (whole) => "x".repeat(whole.length));
  const authorityStart = position === "url" ? masked.indexOf("://") + 3 : 0;
  const authorityEnd = position === "url" ? seam(masked, /[/?#]/, authorityStart) : 0;
  const queryStart = seam(masked, /[?#]/, authorityEnd);
  const path = template.slice(authorityEnd, queryStart);
  return { authorityEnd, queryStart, wholePath: /^\/*\$\([^)]*\)$/.test(path) };
}

function seam(text: string, pattern: RegExp, from: number): number {
  const found = text.slice(from).search(pattern);
  return found < 0 ? text.length : from + found;
}

function encodeAt(
  offset: number,
  { value, name, parts }: { value: string; name: Name; parts: UrlParts },
): string {
  if (offset < parts.authorityEnd) {
    if (!HOST_VALUE.test(value)) throw notAllowed(name);
    return value;
  }
  if (offset >= parts.queryStart || !parts.wholePath)
    return encodeURIComponent(value.toWellFormed());
  return encodeWholePath(value);
}

/** A path taken from the client's own path may hold escapes already: they stay as they are. */
function encodeWholePath(value: string): string {
  return value
    .toWellFormed()
    .split(/(%[0-9A-Fa-f]{2}|\/)/)
    .map((piece, index) => (index % 2 === 1 ? piece : encodeURIComponent(piece)))
    .join("");
}

function badTemplate(message: string): GatewayError {
  return new GatewayError("invalid_request", message);
}

function notAllowed({ source, key }: Name): GatewayError {
  return badTemplate(`${source} key ${key} holds a character that is not allowed here`);
}
