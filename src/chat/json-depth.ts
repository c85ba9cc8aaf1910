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

/** Whether JSON text goes deeper than that. */
export function isTooDeep(text: string): boolean {
  // Most texts open fewer values than that in all, which is told in a fifth of the time.
  const left = unopened(text, "{", unopened(text, "[", MAX_DEPTH));
  return left < 0 && goesDeeper(text);
}

/** What is left of a number of openings after those in the text; negative where there are more. */
function unopened(text: string, opening: "{" | "[", openings: number): number {
  let left = openings;
  for (let at = text.indexOf(opening); at >= 0 && left >= 0; at = text.indexOf(opening, at + 1)) {
    left -= 1;
  }
  return left;
}

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
