import { expect, test } from "bun:test";
import { createReporter } from "./test-report.ts";

const SUMMARY = [
  " 3 pass",
  " 1 skip",
  " 0 fail",
  " 12 expect() calls",
  "Ran 4 tests across 2 files. [1s]",
];

test("a file that passes is one line, and the runner's counts close", () => {
  expect(report(["", "a.test.ts:", "(pass) one [1ms]", "(pass) two", "", ...SUMMARY], 0)).toEqual({
    lines: ["ok a.test.ts (2)"],
    closing: "3 passed, 0 failed, 1 skipped",
    exitCode: 0,
  });
});

test("what surrounds a failure is shown, what passed beside it is not", () => {
  const output = [
    "a.test.ts:",
    "(pass) one",
    "error: expected 1",
    "(fail) two",
    " 1 pass",
    " 1 fail",
  ];
  const { lines, closing, exitCode } = report([...output, "Ran 2 tests across 1 file."], 1);
  expect(lines).toEqual(["a.test.ts:\nerror: expected 1\n(fail) two"]);
  expect([closing, exitCode]).toEqual(["1 passed, 1 failed", 1]);
});

test.each([
  ["a runner that ended without its counts", ["a.test.ts:", "(pass) one"], 0],
  ["a runner that was killed", ["a.test.ts:", "(pass) one"], 137],
  ["no test at all", [" 0 pass", " 0 fail", "Ran 0 tests across 1 file. [1ms]"], 0],
  [
    "an error outside of any test",
    [" 1 pass", " 0 fail", " 1 error", "Ran 1 test across 1 file."],
    1,
  ],
])("%s is a failure", (_, output, runnerExitCode) => {
  const { closing, exitCode } = report(output, runnerExitCode);
  expect(closing).toMatch(/^\d passed, 1 failed$/);
  expect(exitCode).toBe(1);
});

test("output may come in any pieces", () => {
  const output = ["a.test.ts:", "(pass) one", "", ...SUMMARY].join("\n");
  const lines: string[] = [];
  const reporter = createReporter((line) => lines.push(line));
  for (const character of output) reporter.push(character);
  expect(reporter.end(0)).toEqual({ closing: "3 passed, 0 failed, 1 skipped", exitCode: 0 });
  expect(lines).toEqual(["ok a.test.ts (1)"]);
});

function report(output: readonly string[], runnerExitCode: number) {
  const lines: string[] = [];
  const reporter = createReporter((line) => lines.push(line));
  reporter.push(`${output.join("\n")}\n`);
  return { lines, ...reporter.end(runnerExitCode) };
}
