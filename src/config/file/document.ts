import { type Document, type ErrorCode, LineCounter, type Node } from "yaml";
import type { Position } from "../config.ts";
import { type FilledTemplate, fillTemplate } from "./env-template.ts";
import type { Path } from "./raw-value.ts";
import { aliasesOf, findNode, parseTree } from "./syntax-tree.ts";

/** A parsed file that still knows where everything stands. */
export interface SourceDocument {
  readonly value: unknown;
  /** What stops it from being read further; none of them quotes the file. */
  readonly faults: readonly Fault[];
  /** Contents of the environment variables that were filled in. */
  readonly filledValues: readonly string[];
  /** The node at the path; the nearest one around it when there is none. */
  position(path: Path, part: Part): Position;
  /** Whether the scalar at the path came out of an environment template. */
  template(path: Path): "filled" | "missing" | undefined;
}

export type Part = "key" | "value";

export interface Fault {
  readonly message: string;
  readonly position: Position;
}

/** A fault by its offset in the filled-in text. */
type AddFault = (message: string, offset: number) => void;

/** Reads YAML 1.2, of which JSON is a part, after filling in environment templates. */
export function readDocument(
  source: { readonly text: string; readonly file: string },
  env: Readonly<Record<string, string | undefined>>,
): SourceDocument {
  const text = source.text.replace(/^\uFEFF/, "");
  const filled = fillTemplate(text, env);
  const tree = parseTree(filled.text);
  const lines = countLines(text);
  const sourcePosition = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: source.file, line, column: col };
  };
  const positionAt = (offset: number) => sourcePosition(filled.sourceOffset(offset));
  const faults: Fault[] = [];
  const addFault: AddFault = (message, offset) => {
    const position = positionAt(offset);
    const known = faults.some(
      (one) => one.message === message && samePlace(one.position, position),
    );
    if (!known) faults.push({ message, position });
  };
  addSyntaxFaults(tree, filled, addFault);
  // Of a key that stands twice the last counts, so that the rest can be read.
  const isReadable = faults.every(({ message }) => message === YAML_FAULTS.DUPLICATE_KEY);
  const value = isReadable ? toValue(tree, addFault) : undefined;
  const unfilled = filled.faults.map(({ message, offset }) => {
    return { message, position: sourcePosition(offset) };
  });
  const position = (path: Path, part: Part): Position => {
    const found = findNode(tree, path);
    if (found === undefined) return position(path.slice(0, -1), "key");
    const node = part === "key" ? (found.key ?? found.value) : (found.value ?? found.key);
    return positionAt(node?.range?.[0] ?? 0);
  };
  return {
    value,
    faults: [...unfilled, ...faults],
    filledValues: filled.values,
    position,
    template(path) {
      if (!filled.used) return undefined;
      const range = findNode(tree, path)?.value?.range;
      return range ? filled.templateWithin(range[0], range[1]) : undefined;
    },
  };
}

function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}

/** Most of them follow from the first. */
const MAX_SYNTAX_FAULTS = 100;

function addSyntaxFaults(tree: Document.Parsed, filled: FilledTemplate, addFault: AddFault): void {
  const contentEnd = filled.text.trimEnd().length;
  const tooDeep = tree.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const told = tooDeep === undefined ? tree.errors.slice(0, MAX_SYNTAX_FAULTS) : [tooDeep];
  for (const { code, pos } of told) {
    const cut = pos[0] >= contentEnd && (code === "BAD_INDENT" || code === "MISSING_CHAR");
    addFault(cut ? "the file ends inside brackets or quotes" : YAML_FAULTS[code], pos[0]);
  }
  for (const alias of aliasesOf(tree)) {
    const target = alias.resolve(tree);
    const offset = alias.range?.[0] ?? 0;
    if (target === undefined) addFault(YAML_FAULTS.BAD_ALIAS, offset);
    else if (spans(target, offset)) addFault("an alias cannot stand inside its own anchor", offset);
  }
}

function toValue(tree: Document, addFault: AddFault): unknown {
  try {
    return tree.toJS();
  } catch (error) {
    const reason = error instanceof RangeError ? "is nested too deep" : "uses too many aliases";
    addFault(`the file ${reason}`, 0);
    return undefined;
  }
}

function spans({ range }: Node, offset: number): boolean {
  return !!range && range[0] <= offset && offset < range[2];
}

function samePlace(a: Position, b: Position): boolean {
  return a.line === b.line && a.column === b.column;
}

/** Sentences of our own: the parser's may quote the file, and a file may hold secrets. */
export const YAML_FAULTS = {
  ALIAS_PROPS: "an alias cannot have an anchor or a tag",
  BAD_ALIAS: "the alias names no anchor before it, or is misspelt",
  BAD_COLLECTION_TYPE: "the tag does not fit the collection",
  BAD_DIRECTIVE: "the directive is not understood",
  BAD_DQ_ESCAPE: "the escape sequence is not understood",
  BAD_INDENT: "the indentation does not fit the lines around",
  BAD_PROP_ORDER: "anchors and tags come after indicators",
  BAD_SCALAR_START: "a plain value cannot start with this character; quote it",
  BLOCK_AS_IMPLICIT_KEY:
    "a value cannot start here: nested maps need a line of their own, and text with ': ' needs quotes",
  BLOCK_IN_FLOW: "block style cannot stand inside brackets",
  DUPLICATE_KEY: "the key stands twice in this map",
  IMPOSSIBLE: "the file is not valid YAML",
  KEY_OVER_1024_CHARS: "the key is longer than 1024 characters",
  MISSING_CHAR: "something is missing here: a closing quote or bracket, a colon or a comma",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line; perhaps a colon or a quote is missing",
  MULTIPLE_ANCHORS: "a value can have one anchor",
  MULTIPLE_DOCS: "the file holds more than one document",
  MULTIPLE_TAGS: "a value can have one tag",
  NON_STRING_KEY: "the key must be text",
  RESOURCE_EXHAUSTION: "the file is nested too deep",
  TAB_AS_INDENT: "tabs cannot indent YAML; use spaces",
  TAG_RESOLVE_FAILED: "the tag is not known or does not fit its value",
  UNEXPECTED_TOKEN: "this is not expected here",
} as const satisfies Record<ErrorCode, string>;
