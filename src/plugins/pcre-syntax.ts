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
