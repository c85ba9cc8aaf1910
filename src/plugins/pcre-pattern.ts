import { RE2JS } from "re2js";
import { leadingLookaheads } from "./leading-lookaheads.ts";
import { type PcreParts, readPcre } from "./pcre-syntax.ts";

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
