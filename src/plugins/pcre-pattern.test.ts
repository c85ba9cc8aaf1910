import { describe, expect, test } from "bun:test";
import { compileFinder, compilePattern, searched } from "./pcre-pattern.ts";

const ZERO_WIDTH = "\u200b";
const TAG = "\u{e0041}";

describe("a pattern means what PCRE means by it", () => {
  test.each([
    ["secret", "a secret b", true],
    ["secret", "a SECRET b", false],
    ["(?i)secret", "a SECRET b", true],
    ["a(?i)b", "aB", true],
    ["^one$", "one\n", true],
    ["^one\\z", "one\n", false],
    ["one.two", "one\ntwo", false],
    ["(?s)one.two", "one\ntwo", true],
    ["(?m)^two$", "one\ntwo\nthree", true],
    ["\\bcard\\b", "cards", false],
    ["a\\sb", "a\u000bb", true],
    ["[\\s]b", "\u000bb", true],
    ["a\\hb", "a\tb", true],
    ["a\\Rb", "a\r\nb", true],
    ["[[:digit:]]{3}", "a123", true],
    ["[]a]$", "]", true],
    ["\\Qa.b\\E$", "a.b", true],
    ["\\Qa.b\\E", "axb", false],
    ["a(?#a comment)b", "ab", true],
    ["(?P<x>a)(?<y>b)", "ab", true],
    ["(?<=a)b", "ab", true],
    ["(?<!a)b", "ab", false],
    ["\\xE2\\x80[\\x8B-\\x8D]", `pass${ZERO_WIDTH}word`, true],
    ["\\xE2\\x80[\\x8B-\\x8D]", "password", false],
    ["\\xF3\\xA0[\\x80-\\x81][\\x80-\\xBF]", `a${TAG}`, true],
    ["\\x{200B}", ZERO_WIDTH, true],
    ["\\p{Cyrillic}", "жук", true],
    ["(*UTF8)^.$", "ж", true],
    ["^..$", "ж", true],
    ["пароль", "ваш пароль", true],
    ["(?i)пароль", "ПАРОЛЬ", true],
    ["\\xE9", "é", false],
  ])("%j in %j: %p", (pattern, text, found) => {
    expect(compilePattern(pattern).matches(searched(text))).toBe(found);
  });

  test.each([
    ["^(?!.*secret).*$", "a public word", true],
    ["^(?!.*secret).*$", "a secret word", false],
    ["(?i)^(?=.*ONE)(?=.*two)", "two and one", true],
    ["^(?=.*one)(?=.*two)", "one and three", false],
    ["^(?=.*(?:one|two)\\b)[a-z ]+", "only one", true],
  ])("lookaheads at the front: %j in %j: %p", (pattern, text, found) => {
    expect(compilePattern(pattern).matches(searched(text))).toBe(found);
  });
});

describe("a pattern that cannot be searched in linear time is refused", () => {
  test.each([
    "(a)\\1",
    "(?<x>a)\\k<x>",
    "(?>a)b",
    "a++b",
    "(?R)?a",
    "x(?=.*y)",
    "^(?=(a+)+b)",
    "^(?=.*a.*b)",
    "^(?=.*(?=.*a))",
    "^.*(?=.*a)",
    "^(?=.*a)|b",
    "(",
    "[a",
    "a{2,1}",
    "*a",
    "a{1001}",
  ])("%j", (pattern) => {
    expect(() => compilePattern(pattern)).toThrow();
  });
});

test.each(["(a+)+$", "(a|aa)+b", "(?i)(.*a){20}b", "(x+x+)+y", "^(?=.*b)[a-z]+$", "^(?!.*b)a*c"])(
  "%j over a mebibyte takes no time to speak of",
  (pattern) => {
    const compiled = compilePattern(pattern);
    const text = searched("a".repeat(1_048_576));
    const startedAtMs = performance.now();
    compiled.matches(text);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  },
);

test("the first whole match is found, among characters", () => {
  const find = compileFinder("\\{((.|\\n)*)\\}", { ignoreCase: true, multiline: true });
  expect(find('Sure! Here: {"a":\n{"é":"🚀"}}. Anything else?')).toBe('{"a":\n{"é":"🚀"}}');
  expect(find("none")).toBeUndefined();
  const line = compileFinder("^BODY: .*$", { ignoreCase: true, multiline: true });
  expect(line("x\nbody: 1\ny")).toBe("body: 1");
});
