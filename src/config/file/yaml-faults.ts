import type { ErrorCode } from "yaml";

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
