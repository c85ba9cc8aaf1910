/** What is wrong with a function: in its text, or while it runs. */
export class LuaError extends Error {}

const TOKEN =
  /\s+|--\[\[[\s\S]*?\]\]|--[^\n]*|(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|"(?<double>(?:[^"\\\n]|\\.)*)"|'(?<single>(?:[^'\\\n]|\\.)*)'|(?<sign>==|~=|<=|>=|[()=.,<>;-])/gy;

export type Token =
  | { readonly type: "name" | "sign"; readonly text: string }
  | { readonly type: "value"; readonly text: string; readonly value: string | number };

/** Words that name nothing. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "if",
    "in",
    "local",
  ],
  ...["nil", "not", "or", "repeat", "return", "then", "true", "until", "while"],
]);

/** The words of a function. Throws `LuaError` for a character that begins none. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const match of source.matchAll(TOKEN)) {
    at = match.index + match[0].length;
    const { name, number, double, single, sign } = match.groups ?? {};
    const text = match[0];
    const quoted = double ?? single;
    if (name !== undefined) tokens.push({ type: "name", text });
    else if (sign !== undefined) tokens.push({ type: "sign", text });
    else if (number !== undefined) tokens.push({ type: "value", text, value: Number(number) });
    else if (quoted !== undefined) tokens.push({ type: "value", text, value: unescaped(quoted) });
  }
  if (at < source.length) throw unspoken(source.slice(at).split(/\s/, 1)[0] ?? "");
  return tokens;
}

function unescaped(quoted: string): string {
  return quoted.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

export function unspoken(what: string): LuaError {
  return new LuaError(
    `'${what}' is not understood: a function here is made of constants, locals, if, and, or, not, comparisons, tonumber, kong.request.get_header and kong.log.serialize`,
  );
}
