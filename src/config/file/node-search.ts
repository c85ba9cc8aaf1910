import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { Path } from "./path.ts";

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
