/**
 * decK's environment templates: `${{ env "DECK_NAME" }}`, with the filters `toInt`, `toFloat`,
 * `toBool` and `indent N`. https://developer.konghq.com/deck/reference/environment-variables/
 *
 * They are replaced in the text, before it is parsed, so that a value may be a number or a whole
 * block; `sourceOffset` leads from the replaced text back to the text as written.
 */
export interface FilledTemplate {
  readonly text: string;
  /** Whether there was anything to fill in. */
  readonly used: boolean;
  readonly faults: readonly TemplateFault[];
  /** What the variables held: to be kept out of messages. */
  readonly values: readonly string[];
  sourceOffset(offset: number): number;
  /** What stands between two offsets of `text`: a filled template, one without a value, or none. */
  templateWithin(start: number, end: number): "filled" | "missing" | undefined;
}

/** A template that could not be filled in. */
export interface TemplateFault {
  readonly message: string;
  /** Offset in the text as written. */
  readonly offset: number;
}

interface Replacement {
  readonly sourceStart: number;
  readonly sourceEnd: number;
  readonly start: number;
  readonly end: number;
  readonly missing: boolean;
}

/** Whatever begins like a template, to its end or, where it has none, the line's. */
const TEMPLATE = /\$\{\{(?:[^{}]*\}\}|[^}\n]*\}?)/g;
const PARTS = /^\$\{\{\s*env\s+["']([^"'\s]+)["']\s*((?:\|\s*\w+(?:\s+\d+)?\s*)*)\}\}$/;
const FILTER = /^(?:toInt|toFloat|toBool|indent\s+\d+)$/;

const MALFORMED = `'\${{' begins no template here: write \${{ env "DECK_NAME" }}, or "\\u0024{{" for the text as such`;

export function fillTemplate(
  source: string,
  env: Readonly<Record<string, string | undefined>>,
): FilledTemplate {
  const replacements: Replacement[] = [];
  const faults: TemplateFault[] = [];
  const values: string[] = [];
  let text = "";
  let copied = 0;
  for (const match of source.matchAll(TEMPLATE)) {
    const [whole] = match;
    const filled = fill(whole, env);
    if ("fault" in filled) faults.push({ message: filled.fault, offset: match.index });
    else values.push(filled.value);
    text += source.slice(copied, match.index);
    copied = match.index + whole.length;
    const start = text.length;
    text += "fault" in filled ? "missing" : filled.text;
    replacements.push({
      sourceStart: match.index,
      sourceEnd: copied,
      start,
      end: text.length,
      missing: "fault" in filled,
    });
  }
  text += source.slice(copied);
  return {
    text,
    used: replacements.length > 0,
    faults,
    values,
    sourceOffset: (offset) => sourceOffset(replacements, offset),
    templateWithin(start, end) {
      let found: "filled" | "missing" | undefined;
      for (let at = firstBehind(replacements, start); at < replacements.length; at += 1) {
        const one = replacements[at];
        if (!one || one.start >= end) break;
        if (one.missing) return "missing";
        found = "filled";
      }
      return found;
    },
  };
}

function fill(
  written: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly value: string; readonly text: string } | { readonly fault: string } {
  const [, name, piped = ""] = PARTS.exec(written) ?? [];
  if (name === undefined) return { fault: MALFORMED };
  const filters = piped.split("|").slice(1);
  const unknown = filters.find((filter) => !FILTER.test(filter.trim()));
  if (unknown !== undefined) {
    const word = unknown.trim();
    return { fault: `unknown filter '${word}'; there are toInt, toFloat, toBool and indent N` };
  }
  const value = env[name];
  if (value === undefined) return { fault: `environment variable ${name} is not set` };
  return { value, text: indented(value, piped) };
}

/** The number filters need nothing here: the text is parsed as YAML afterwards. */
function indented(value: string, filters: string): string {
  const width = /\|\s*indent\s+(\d+)/.exec(filters)?.[1];
  if (width === undefined) return value;
  const margin = " ".repeat(Number(width));
  return value
    .split("\n")
    .map((line) => margin + line)
    .join("\n");
}

/** Which is the first that ends behind an offset; they are in order. */
function firstBehind(replacements: readonly Replacement[], offset: number): number {
  let low = 0;
  let high = replacements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((replacements[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sourceOffset(replacements: readonly Replacement[], offset: number): number {
  const behind = firstBehind(replacements, offset);
  const around = replacements[behind];
  const last = around && around.start <= offset ? around : replacements[behind - 1];
  if (last === undefined) return offset;
  return offset < last.end ? last.sourceStart : last.sourceEnd + (offset - last.end);
}
