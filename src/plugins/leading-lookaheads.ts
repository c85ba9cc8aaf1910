const TOKEN = /\\[\s\S]|\(\?[=!:]|\(|\)|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/gu;
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
  for (const [token] of body.matchAll(TOKEN)) {
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
  return body.replaceAll(TOKEN, (token) => {
    if (token === ".") return "[^\\n]";
    if (token === "\\z") return "(?![\\s\\S])";
    return token;
  });
}
