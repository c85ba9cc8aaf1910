import { expect, test } from "bun:test";
import { problemLines } from "../../tests/fixtures/test-plugins.ts";

const NO_RECORD =
  "1:1 : expected a record: write providers and models, or a declarative file that begins with _format_version; 'dragoman init' writes a first one";

type BadFile = readonly [name: string, text: string, ...problems: string[]];

const FILES: readonly BadFile[] = [
  [
    "an empty file",
    ``,
    "1:1 : the file is empty: write providers and models, or a declarative file that begins with _format_version; 'dragoman init' writes a first one",
  ],
  [
    "a list",
    `- a
`,
    NO_RECORD,
  ],
  ["a word", `hello`, NO_RECORD],
  [
    "no version",
    `services: []
`,
    "1:1 _format_version: required field missing",
  ],
  [
    "an unknown version",
    `_format_version: "4.0"
`,
    "1:18 _format_version: expected one of: 1.1, 2.1, 3.0",
  ],
  [
    "a version of the wrong type",
    `_format_version: [3]
`,
    "1:18 _format_version: expected a string or a number",
  ],
  [
    "an unclosed bracket",
    `_format_version: "3.0"
services: [
  { name: a,
`,
    "4:1 : the file ends inside brackets or quotes",
  ],
  [
    "an unclosed quote",
    `_format_version: "3.0"
services:
  - name: "a
`,
    "4:1 : the file ends inside brackets or quotes",
  ],
  [
    "a tab",
    `_format_version: "3.0"
services:
	- name: a
`,
    "3:1 : tabs cannot indent YAML; use spaces",
  ],
  [
    "a doubled key",
    `_format_version: "3.0"
routes: []
routes: []
`,
    "3:1 : the key stands twice in this map",
  ],
  [
    "an alias to nothing",
    `_format_version: "3.0"
services: *none
`,
    "2:11 : the alias names no anchor before it, or is misspelt",
  ],
  [
    "two documents",
    `_format_version: "3.0"
---
_format_version: "3.0"
`,
    "2:1 : the file holds more than one document",
  ],
  [
    "a map inside a line",
    `_format_version: "3.0"
services: a: b
`,
    "2:11 : a value cannot start here: nested maps need a line of their own, and text with ': ' needs quotes",
  ],
  [
    "truncated JSON",
    `{"_format_version": "3.0", "services": [{"name": "a"`,
    "1:53 : the file ends inside brackets or quotes",
  ],
];

test.each(FILES)(
  "a file that cannot be read is refused with its place: %s",
  (_name, text, ...problems) => {
    expect(problemLines(text, { env: { DECK_NAME: "a-canary-name" } })).toEqual(problems);
  },
);
