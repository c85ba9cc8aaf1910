import { RE2JS } from "re2js";

/** A text and its other views, each made once. */
export interface Searched {
  readonly characters: string;
  /** The bytes of its UTF-8, one to a character. */
  bytes(): string;
}

/** A pattern whose search takes time in proportion to the text, whatever the text is. */
export interface Pattern {
  /** Whether it matches anywhere. */
  matches(text: Searched): boolean;
}

/** Why a pattern cannot be used. */
export class PatternError extends Error {}

export function searched(characters: string): Searched {
  let bytes: string | undefined;
  return {
    characters,
    bytes() {
      bytes ??= isAscii(characters)
        ? characters
        : Buffer.from(characters, "utf8").toString("latin1");
      return bytes;
    },
  };
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/**
 * Compiles a pattern as PCRE reads it without its UTF mode: a text is the bytes of its UTF-8, so
 * `\\xE2\\x80[\\x8B-\\x8D]` finds U+200B to U+200D. Patterns that can only mean characters (`\\p{L}`,
 * `\\x{200B}`, `(*UTF8)`, letters beyond ASCII without regard to case) search characters.
 *
 * Runs on RE2, which never backtracks; lookaheads it lacks are taken where they come first and
 * cannot backtrack for long. Throws `PatternError` for all else.
 */
export function compilePattern(source: string): Pattern {
  const parts = readPcre(source);
  if (parts.beyond === "a lookahead") return withLookaheads(parts);
  if (parts.beyond) throw new PatternError(`${parts.beyond} cannot be searched in linear time`);
  const pattern = compileRe2(written(parts), 0);
  return parts.byCharacter
    ? { matches: (text) => pattern.test(text.characters) }
    : { matches: (text) => pattern.test(text.bytes()) };
}

/** Finds the first whole match of a pattern among characters. Throws `PatternError` when made. */
export function compileFinder(
  source: string,
  flags: { readonly ignoreCase: boolean; readonly multiline: boolean },
): (text: string) => string | undefined {
  const { translated, beyond } = readPcre(`${flags.multiline ? "(?m)" : ""}${source}`);
  if (beyond) throw new PatternError(`${beyond} cannot be searched in linear time`);
  const pattern = compileRe2(translated, flags.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return (text) => {
    const matcher = pattern.matcher(text);
    return matcher.find() ? (matcher.group() ?? undefined) : undefined;
  };
}

function withLookaheads(parts: PcreParts): Pattern {
  const expression = leadingLookaheads(written(parts), parts.byCharacter);
  if (!expression) {
    throw new PatternError(
      "a lookahead can be searched in linear time only first of all, behind ^, with one * or + in each and no group repeated",
    );
  }
  return parts.byCharacter
    ? { matches: (text) => expression.test(text.characters) }
    : { matches: (text) => expression.test(text.bytes()) };
}

/** As the view of the text that it searches is written. */
function written({ translated, byCharacter }: PcreParts): string {
  return byCharacter ? translated : Buffer.from(translated, "utf8").toString("latin1");
}

function compileRe2(translated: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(translated, flags | RE2JS.LOOKBEHINDS);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PatternError(reason.replace(/^error parsing regexp: /, ""), { cause });
  }
}

/** A pattern of PCRE (https://www.pcre.org/current/doc/html/pcre2pattern.html) cut into its parts. */
export interface PcreParts {
  /** In the syntax of RE2 (https://github.com/google/re2/wiki/Syntax). */
  readonly translated: string;
  /** Matches characters; otherwise the bytes of UTF-8. */
  readonly byCharacter: boolean;
  /** What it holds that no linear-time engine can do, in words. */
  readonly beyond: Beyond | undefined;
}

export type Beyond = "a lookahead" | "a back reference" | "an atomic group" | "recursion";

const UTF_VERB = /^\(\*(?:UTF8?|UTF16|UTF32|UCP)\)/;
/** Characters that no byte is: such a pattern can only mean characters. */
const CHARACTERS_ONLY = /\\[pPX]|\\x\{[0-9a-fA-F]{3,}\}/;
const IGNORES_CASE = /\(\?[a-z]*i/;
const NOT_ASCII = /[\u0080-\u{10ffff}]/u;

/** PCRE's shorthands that RE2 lacks or reads otherwise, outside and inside of brackets. */
const SHORTHANDS: Readonly<Record<string, readonly [outside: string, inside: string]>> = {
  "\\s": ["[\\s\\v]", "\\s\\v"],
  "\\S": ["[^\\s\\v]", "\\S"],
  "\\h": ["[ \\t]", " \\t"],
  "\\e": ["\\x1b", "\\x1b"],
  "\\R": ["(?:\\r\\n|[\\n\\v\\f\\r])", "R"],
  "\\Z": ["(?:\\n?\\z)", "Z"],
  // Where a match begins is nobody's question here.
  "\\K": ["", "K"],
};

/** One token: an escape, a comment, a group's opening, a bracket, or any single character. */
const TOKEN =
  /\\Q[\s\S]*?(?:\\E|$)|\\x\{[0-9a-fA-F]*\}|\\[kg][<{'][^>}']*[>}']|\\[1-9]|\\[\s\S]|\(\?#[^)]*\)|\(\?(?:<[=!]|[=!>|&R]|P[=>]|[+-]?\d+\)|<?\w*>)?|\[:\^?\w+:\]|\[\^?\]?|[*+?}]\+|[\s\S]/gu;

/** Reads a pattern without compiling it. */
export function readPcre(source: string): PcreParts {
  const body = source.replace(UTF_VERB, "");
  let translated = "";
  let beyond: Beyond | undefined;
  let inBrackets = false;
  const multiline = /\(\?[a-z]*m/.test(body);
  for (const [token] of body.matchAll(TOKEN)) {
    if (inBrackets) {
      if (token === "]") inBrackets = false;
      translated += SHORTHANDS[token]?.[1] ?? token;
      continue;
    }
    if (token.startsWith("[")) inBrackets = true;
    beyond ??= beyondRe2(token);
    if (token.startsWith("(?#")) continue;
    // Without (?m), PCRE's `$` is also true before a last line end.
    if (token === "$" && !multiline) translated += "(?:\\n?\\z)";
    else translated += SHORTHANDS[token]?.[0] ?? token;
  }
  const byCharacter =
    body !== source ||
    CHARACTERS_ONLY.test(body) ||
    (IGNORES_CASE.test(body) && NOT_ASCII.test(body));
  return { translated, byCharacter, beyond };
}

function beyondRe2(token: string): Beyond | undefined {
  if (/^\(\?[=!]/.test(token)) return "a lookahead";
  if (/^\\[1-9kg]/.test(token) || token === "(?P=") return "a back reference";
  if (token === "(?>" || /^[*+?}]\+$/.test(token)) return "an atomic group";
  return /^\(\?(?:[&R]|P>|[+-]?\d+\))/.test(token) ? "recursion" : undefined;
}

const LOOKAHEAD_TOKEN =
  /\\[\s\S]|\(\?[=!:]|\(|\)|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/gu;
const UNBOUNDED = /^(?:[*+]|\{\d+,\})$/;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})$/;
const MAX_REPEAT = 32;

/**
 * `^(?=.*a)(?!.*b)c.*` and its like, as an expression of this runtime, where its shape proves that
 * the search is linear: it begins at `^`, its lookaheads come first and hold no other, and each of
 * them and the rest has at most one unbounded quantifier, and none on a group. Undefined otherwise.
 */
export function leadingLookaheads(pattern: string, byCharacter: boolean): RegExp | undefined {
  const [, ignoreCase = "", body = ""] = /^(\(\?i\))?(?:\^|\\A)([\s\S]*)$/.exec(pattern) ?? [];
  if (body === "" || !isLinear(body)) return undefined;
  try {
    return new RegExp(`^${dialect(body)}`, `${ignoreCase && "i"}${byCharacter ? "u" : ""}`);
  } catch {
    return undefined;
  }
}

function isLinear(body: string): boolean {
  let depth = 0;
  let lookahead = false;
  let afterGroup = false;
  let quantifiers = 0;
  let unbounded = 0;
  let restBegun = false;
  for (const [token] of body.matchAll(LOOKAHEAD_TOKEN)) {
    if (QUANTIFIER.test(token)) {
      if (afterGroup || repeatOf(token) > MAX_REPEAT) return false;
      quantifiers += 1;
      unbounded += UNBOUNDED.test(token) ? 1 : 0;
      // A lazy mark counts as a second quantifier; that costs nothing but patience.
      if (quantifiers > 2 || unbounded > 1) return false;
      continue;
    }
    afterGroup = token === ")";
    if (token === "(?=" || token === "(?!") {
      if (depth > 0 || restBegun) return false;
      lookahead = true;
      quantifiers = 0;
      unbounded = 0;
    } else if (token === "|" && depth === 0) return false;
    if (token.startsWith("(")) depth += 1;
    else if (token === ")") depth -= 1;
    else if (depth === 0) restBegun = true;
    if (token === ")" && depth === 0 && lookahead) {
      lookahead = false;
      quantifiers = 0;
      unbounded = 0;
    } else if (!lookahead && depth > 0) restBegun = true;
  }
  return depth === 0;
}

function repeatOf(token: string): number {
  const numbers = token.match(/\d+/g) ?? [];
  return Math.max(0, ...numbers.map(Number));
}

/** What this runtime writes otherwise than RE2. */
function dialect(body: string): string {
  return body.replaceAll(LOOKAHEAD_TOKEN, (token) => {
    if (token === ".") return "[^\\n]";
    if (token === "\\z") return "(?![\\s\\S])";
    return token;
  });
}
