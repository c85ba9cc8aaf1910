import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
  parseDocument,
  type YAMLMap,
  YAMLParseError,
} from "yaml";
import type { Path } from "./raw-value.ts";

const OPTIONS = { merge: true, prettyErrors: false, logLevel: "error" } as const;

/** No configuration means more; each level costs the parser a kilobyte, and its composer stack. */
const MAX_DEPTH = 1_000;
/** What follows from one wrong bracket can be an error at every word of a file. */
const MAX_STRAY_TOKENS = 100;

/**
 * A text's syntax tree with its errors, as the library's own `parseDocument` has it, but bounded: in
 * depth, in errors, and in what texts in double quotes cost. The library puts these together character
 * by character, which takes 32 bytes for each and keeps them.
 */
export function parseTree(text: string): Document.Parsed {
  const texts = longTexts();
  try {
    const composed = new Composer(OPTIONS).compose(
      setAside(tokensOf(text), texts),
      true,
      text.length,
    );
    const [tree, second] = composed;
    if (!tree) throw new TypeError("a text without a document");
    if (second) tree.errors.push(faultAt(second.range[0], "MULTIPLE_DOCS"));
    texts.restore(tree);
    return tree as Document.Parsed;
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    const tree = parseDocument("", OPTIONS);
    tree.errors.push(faultAt(error.offset, "RESOURCE_EXHAUSTION"));
    return tree;
  }
}

class TooDeep extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super("nested too deep");
    this.offset = offset;
  }
}

function faultAt(offset: number, code: "MULTIPLE_DOCS" | "RESOURCE_EXHAUSTION"): YAMLParseError {
  return new YAMLParseError([offset, offset + 1], code, code);
}

function* tokensOf(text: string): Generator<CST.Token, undefined> {
  const parser = new Parser();
  let strays = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield token;
      if (token.type === "error") strays += 1;
    }
    if (parser.stack.length > MAX_DEPTH) throw new TooDeep(parser.offset);
    if (strays > MAX_STRAY_TOKENS) break;
  }
  yield* parser.end();
}

type LongTexts = ReturnType<typeof longTexts>;

function* setAside(tokens: Iterable<CST.Token>, texts: LongTexts): Generator<CST.Token, undefined> {
  for (const token of tokens) {
    const waiting: (CST.Token | null | undefined)[] = [token];
    while (waiting.length > 0) {
      const one = waiting.pop();
      if (one?.type === "double-quoted-scalar") texts.setAside(one);
      if (one && "end" in one && one.end) one.end = fewWords(one.end);
      if (one && "value" in one) waiting.push(one.value);
      if (one && "items" in one) for (const { key, value } of one.items) waiting.push(key, value);
    }
    yield token;
  }
}

const BLANKS: ReadonlySet<string> = new Set(["space", "comment", "newline"]);

/** What stands behind a value: each word there is an error. */
function fewWords(tokens: CST.SourceToken[]): CST.SourceToken[] {
  if (tokens.length <= MAX_STRAY_TOKENS) return tokens;
  let words = 0;
  return tokens.filter(({ type }) => {
    if (BLANKS.has(type)) return true;
    words += 1;
    return words <= MAX_STRAY_TOKENS;
  });
}

/** Characters. */
const LONG = 64;

/** Texts in double quotes that are JSON too: read by JSON's own parser, while a short word holds their place. */
function longTexts() {
  const byOffset = new Map<number, { readonly text: string; readonly length: number }>();
  /** Keys are compared before they are put back: the same text has the same word. */
  const words = new Map<string, string>();
  return {
    setAside(token: CST.FlowScalar): void {
      const { offset, source } = token;
      if (source.length < LONG) return;
      const text = jsonText(source);
      if (text === undefined) return;
      const word = words.get(text) ?? `"\\0${words.size}"`;
      words.set(text, word);
      byOffset.set(offset, { text, length: source.length });
      token.source = word;
    },
    restore({ contents }: Document): void {
      if (byOffset.size === 0) return;
      const waiting: unknown[] = [contents];
      while (waiting.length > 0) {
        const node = waiting.pop();
        if (isSeq(node)) for (const item of node.items) waiting.push(item);
        else if (isMap(node)) for (const { key, value } of node.items) waiting.push(key, value);
        else if (isScalar(node) && node.range) {
          const [start] = node.range;
          const found = byOffset.get(start);
          if (!found) continue;
          node.value = found.text;
          node.range = [start, start + found.length, start + found.length];
        }
      }
    },
  };
}

function jsonText(source: string): string | undefined {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "string" ? value : undefined;
  } catch {
    // YAML has escapes and line breaks that JSON has not.
    return undefined;
  }
}

/** A node of a syntax tree, with its key when it stands in a map. */
export interface FoundNode {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** The parser turns it into a symbol, as a key of its own kind. */
const MERGE_KEY = "<<";

/** Follows a path of the parsed value through the tree, aliases and merged maps included. */
export function findNode(tree: Document, path: Path): FoundNode | undefined {
  let found: FoundNode | undefined = { key: undefined, value: asNode(tree.contents) };
  for (const segment of path) {
    found = memberNode(tree, found.value, segment);
    if (found === undefined) return undefined;
  }
  return found;
}

/** Every alias of a tree. The parser's own visitor takes quadratic time in the depth. */
export function aliasesOf(tree: Document): readonly Alias[] {
  const aliases: Alias[] = [];
  const waiting: unknown[] = [tree.contents];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (isAlias(node)) aliases.push(node);
    if (isSeq(node)) for (const item of node.items) waiting.push(item);
    if (isMap(node)) for (const { key, value } of node.items) waiting.push(key, value);
  }
  return aliases;
}

function memberNode(
  tree: Document,
  node: Node | undefined,
  segment: string | number,
): FoundNode | undefined {
  const inner = isAlias(node) ? node.resolve(tree) : node;
  if (isSeq(inner)) {
    const item = typeof segment === "number" ? inner.items[segment] : undefined;
    return item === undefined ? undefined : { key: undefined, value: asNode(item) };
  }
  if (!isMap(inner)) return undefined;
  const own = pairsOf(inner).get(String(segment));
  if (own !== undefined) return { key: asNode(own.key), value: asNode(own.value) };
  for (const pair of inner.items) {
    if (keyText(pair) !== MERGE_KEY) continue;
    const merged = asNode(pair.value);
    for (const source of isSeq(merged) ? merged.items.map(asNode) : [merged]) {
      const inherited = memberNode(tree, source, segment);
      if (inherited !== undefined) return inherited;
    }
  }
  return undefined;
}

/** A map's pairs by their keys, made when somebody looks: a map may have thousands. */
const pairsByKey = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairsByKey.get(map);
  if (known) return known;
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) if (!pairs.has(keyText(pair))) pairs.set(keyText(pair), pair);
  pairsByKey.set(map, pairs);
  return pairs;
}

function keyText(pair: Pair): string {
  if (!isScalar(pair.key)) return "";
  const { value } = pair.key;
  return typeof value === "symbol" ? MERGE_KEY : String(value);
}

function asNode(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}
