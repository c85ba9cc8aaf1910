/** A JSON value as it stands on the wire. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined when no member has a value, so that JSON leaves the object out. */
export function unlessEmpty<Members extends object>(members: Members): Members | undefined {
  for (const name in members) if (members[name] !== undefined) return members;
  return undefined;
}

/** Sets an own member, whatever its name: assigning to `__proto__` would change what is inherited. */
export function setMember(
  object: Record<string, Json | undefined>,
  name: string,
  value: Json | undefined,
): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else object[name] = value;
}

declare global {
  interface JSON {
    /** https://tc39.es/proposal-json-parse-with-source/ (not yet in TypeScript's library). */
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}

/** Integers of fewer digits are all held exactly by a double. */
const LONG_RUN = 16;

/**
 * Parses JSON text and keeps integers that a double cannot hold: they come back as `JSON.rawJSON`
 * values, which `JSON.stringify` writes digit for digit. Throws `SyntaxError`, and `RangeError` for text
 * that is nested too deep.
 */
export function parseJson(text: string): unknown {
  if (mayBeTooDeep(text) && goesDeeper(text)) throw tooDeep();
  try {
    return hasLongDigitRun(text) ? JSON.parse(text, keepLongInteger) : JSON.parse(text);
  } catch (cause) {
    throw goesDeeper(text) ? tooDeep() : cause;
  }
}

function tooDeep(): RangeError {
  return new RangeError(`it is nested deeper than ${MAX_DEPTH} levels`);
}

/** A run that is so long covers a place divisible by its length: only those are looked at. */
function hasLongDigitRun(text: string): boolean {
  for (let place = 0; place < text.length; place += LONG_RUN) {
    if (!isDigit(text, place)) continue;
    let from = place;
    let to = place + 1;
    while (isDigit(text, from - 1)) from--;
    while (isDigit(text, to)) to++;
    if (to - from >= LONG_RUN) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function keepLongInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?[0-9]+$/.test(source) ? JSON.rawJSON(source) : value;
}

/**
 * How deep arrays and objects may stand in one another. `JSON.parse` takes any depth, but
 * `JSON.stringify` looks through all open values for each one it opens: 50,000 levels, which fit into
 * 100 KB, keep it busy for seconds.
 */
export const MAX_DEPTH = 64;

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * False where JSON text cannot go deeper than that. Most texts open fewer values in all, and those that hold
 * a program's text have many braces, but few with that behind them which a value may begin with: to look for
 * these takes a fifth of the time that reading every string to its end does. Of text that is no JSON it says nothing.
 */
function mayBeTooDeep(text: string): boolean {
  return unopened(text, "{", unopened(text, "[", MAX_DEPTH)) < 0;
}

/** What is left of a number of openings after those in the text; negative where there are more. */
function unopened(text: string, opening: "{" | "[", openings: number): number {
  const isFollowing = opening === "{" ? beginsMember : beginsElement;
  let left = openings;
  for (let at = text.indexOf(opening); at >= 0 && left >= 0; at = text.indexOf(opening, at + 1)) {
    if (isFollowing(text.charCodeAt(blanksEnd(text, at + 1)))) left -= 1;
  }
  return left;
}

/** Where blanks (RFC 8259 §2) from a place on end. */
function blanksEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); BLANKS.has(code); code = text.charCodeAt(at)) at += 1;
  return at;
}

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** What may stand behind an object's opening: a name, or its end. */
function beginsMember(code: number): boolean {
  return code === QUOTE || code === CLOSE_BRACE;
}

/** What may stand behind an array's: a value, or its end. */
function beginsElement(code: number): boolean {
  return ELEMENT_BEGINS.has(code);
}

const ELEMENT_BEGINS: ReadonlySet<number> = new Set(
  [...'[]{"-0123456789tfn'].map((character) => character.charCodeAt(0)),
);

function goesDeeper(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function stringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
