import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseDocument, stringify } from "yaml";
import { readDocument } from "./document.ts";
import { parseTree } from "./syntax-tree.ts";

const PLAIN = { merge: true, prettyErrors: false, logLevel: "error" } as const;

/** Short ones and those that are set aside, with all that quotes may hold. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ unit: "binary", minLength: 60, maxLength: 120 }),
  fc.string({ unit: fc.constantFrom("a", " ", "\n", "\t", '"', "\\", "é", "😀"), maxLength: 150 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test("a file is the same value, at the same places, as the library reads it alone", () =>
  fc.assert(
    fc.property(value, fc.boolean(), (written, isYaml) => {
      const source = isYaml
        ? stringify(written, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 })
        : JSON.stringify(written);
      const tree = parseTree(source);
      const alone = parseDocument(source, PLAIN);
      expect(tree.errors.map(({ code, pos }) => [code, pos[0]])).toEqual(
        alone.errors.map(({ code, pos }) => [code, pos[0]]),
      );
      if (alone.errors.length === 0) expect(tree.toJS()).toEqual(alone.toJS());
      expect(tree.contents?.range?.[0]).toEqual(alone.contents?.range?.[0]);
    }),
    { numRuns: 300 },
  ));

test("long keys that are the same are told of as short ones are", () => {
  const key = "k".repeat(100);
  const { faults } = readDocument({ text: `{"${key}": 1, "${key}": 2}`, file: "f" }, {});
  expect(faults).toMatchObject([{ message: "the key stands twice in this map" }]);
});

test("one line of 50 MB costs about what it is long", async () => {
  const script = `
    import { readDocument } from "${import.meta.dirname}/document.ts";
    const text = '{"x": "' + Buffer.alloc(50_000_000, "a").toString("latin1") + '"}';
    const { value } = readDocument({ text, file: "f" }, {});
    console.log(value.x.length, process.resourceUsage().maxRSS);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const [length, maxRss] = (await child.stdout.text()).split(" ").map(Number);
  expect(length).toBe(50_000_000);
  // The runtime gives kilobytes. Put together character by character it is 1.7 GB; when garbage goes is not ours to say.
  expect(maxRss).toBeLessThan(1_300_000);
});

test.each([
  ["nothing but brackets", "[".repeat(2_000_000), "the file is nested too deep"],
  ["nothing but dashes", "- ".repeat(1_000_000), "the file is nested too deep"],
  ["a word after each word", '"a" '.repeat(100_000), "this is not expected here"],
])("%s are told of soon, and not at each of them", (_, source, message) => {
  const { faults } = readDocument({ text: source, file: "f" }, {});
  expect(faults[0]?.message).toBe(message);
  expect(faults.length).toBeLessThanOrEqual(100);
});
