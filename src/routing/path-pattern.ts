/**
 * Regular expressions as configuration files write them (PCRE, and the Rust dialect of newer
 * gateways) as JavaScript ones. What JavaScript would silently read otherwise is refused.
 */
export type Pattern =
  | { readonly regex: RegExp; readonly literalPrefix: string }
  | { readonly problem: string };

/** Escapes JavaScript and PCRE agree on. */
const sharedEscapes = new Set("bBdDsSwWnrtfv0123456789xcku");

const rewrittenEscapes: Readonly<Record<string, string>> = { A: "^", z: "$", Z: "$", h: "[ \\t]" };

const quantifiers = "*+?{";

/** Anchored at the start; the end is open, as with a prefix. */
export function compilePathPattern(source: string): Pattern {
  return compile(source, (body) => `^(?:${body})`);
}

/** Found anywhere in a header's value, in either case. */
export function compileHeaderPattern(source: string): Pattern {
  return compile(source, (body) => body, "i");
}

function compile(source: string, wrap: (body: string) => string, flags = ""): Pattern {
  // A path begins with a slash, in whose meaning no flag has a part.
  const [start = "", slash = "", inline = ""] = /^(\/?)\(\?([ims]+)\)/.exec(source) ?? [];
  const translated = translate(slash + source.slice(start.length));
  if ("problem" in translated) return translated;
  const unicode = /\\[pP]\{/.test(translated.body) ? "u" : "";
  const allFlags = [...new Set(`${flags}${inline}${unicode}`)].join("");
  try {
    const regex = new RegExp(wrap(translated.body), allFlags);
    return { regex, literalPrefix: allFlags === "" ? literalPrefix(translated.body) : "" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: message.replace(/^Invalid regular expression: /, "") };
  }
}

function translate(source: string): { readonly body: string } | { readonly problem: string } {
  let body = "";
  let inClass = false;
  for (let at = 0; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === "\\") {
      const written = translateEscape(source.charAt(at + 1), inClass);
      if (typeof written !== "string") return written;
      body += written;
      at += 1;
    } else if (inClass) {
      if (char === "[" && source.charAt(at + 1) === ":")
        return { problem: "POSIX classes such as [:alpha:] are not supported" };
      inClass = char !== "]";
      body += char;
    } else if (source.startsWith("(?P<", at)) {
      body += "(?<";
      at += 3;
    } else if (/^\(\?[imsx]+\)/.test(source.slice(at, at + 8))) {
      return { problem: "flags such as (?i) stand at the beginning, or as (?i:…) where they hold" };
    } else {
      inClass = char === "[";
      body += char;
    }
  }
  return { body };
}

function translateEscape(escaped: string, inClass: boolean): string | { readonly problem: string } {
  if (escaped === "") return { problem: "a lone \\ at the end" };
  if (!/[A-Za-z0-9]/.test(escaped)) return isSyntax(escaped, inClass) ? `\\${escaped}` : escaped;
  if (sharedEscapes.has(escaped) || escaped === "p" || escaped === "P") return `\\${escaped}`;
  const rewritten = rewrittenEscapes[escaped];
  if (rewritten === undefined || inClass) return { problem: `\\${escaped} is not supported` };
  return rewritten;
}

function isSyntax(char: string, inClass: boolean): boolean {
  return "^$\\.*+?()[]{}|/".includes(char) || (inClass && char === "-");
}

/**
 * The text every match must begin with, as far as it is plain to see: it lets an expression be
 * found like a prefix, so that thousands of them need not be tried one after the other.
 */
function literalPrefix(body: string): string {
  if (hasTopLevelAlternation(body)) return "";
  let prefix = "";
  for (let at = body.startsWith("^") ? 1 : 0; at < body.length; at += 1) {
    const escaped = body.charAt(at) === "\\";
    if (escaped) at += 1;
    const char = body.charAt(at);
    const isLiteral = escaped ? !/[A-Za-z0-9]/.test(char) : /[A-Za-z0-9/_~:@!&=,;%'" -]/.test(char);
    const isQuantified = at + 1 < body.length && quantifiers.includes(body.charAt(at + 1));
    if (!isLiteral || isQuantified) break;
    prefix += char;
  }
  return prefix;
}

function hasTopLevelAlternation(body: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < body.length; at += 1) {
    const char = body.charAt(at);
    if (char === "\\") at += 1;
    else if (inClass) inClass = char !== "]";
    else if (char === "[") inClass = true;
    else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (char === "|" && depth === 0) return true;
  }
  return false;
}
