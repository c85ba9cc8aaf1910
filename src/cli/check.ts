import type { Config, LoadResult, Problem } from "../config/config.ts";
import type { OperatorLog, ProblemLevel } from "../gateway/call/operator-log.ts";
import { defineCommand, print, UsageError } from "./command.ts";
import { problemLine, readConfig } from "./source.ts";

export const check = defineCommand({
  name: "check",
  about: "Checks a configuration file and lists every problem with its place.",
  operands: "FILE",
  options: { json: { type: "boolean", about: "List the problems as JSON." } },
  async run(values, [file, ...more]) {
    if (file === undefined || more.length > 0) throw new UsageError("name one file");
    const result = readConfig(file);
    const problems = "config" in result ? result.config.warnings : result.problems;
    const isValid = "config" in result;
    if (values.json) await print(JSON.stringify({ valid: isValid, problems }, null, 2));
    else {
      for (const problem of problems) console.error(problemLine(problem));
      await print(isValid ? `${file}: valid` : `${file}: ${summary(problems.length)}`);
    }
    return isValid ? 0 : 1;
  },
});

function summary(count: number): string {
  return count === 1 ? "1 problem" : `${count} problems`;
}

/** The configuration, where it can be used; what is wrong with it is told in any case. */
export function usableConfig(result: LoadResult, operatorLog: OperatorLog): Config | undefined {
  const problems = "config" in result ? result.config.warnings : result.problems;
  for (const severity of ["error", "warning"] as const) tellOf(severity, problems, operatorLog);
  return "config" in result ? result.config : undefined;
}

/** Lines of one severity: ten thousand of them help nobody, and writing them takes its time. */
const MAX_LINES = 100;

function tellOf(
  severity: Problem["severity"],
  all: readonly Problem[],
  operatorLog: OperatorLog,
): void {
  const problems = all.filter((problem) => problem.severity === severity);
  const level: ProblemLevel = severity === "error" ? "error" : "warn";
  for (const problem of problems.slice(0, MAX_LINES)) {
    operatorLog.problem(level, problemLine(problem));
  }
  const more = problems.length - MAX_LINES;
  if (more > 0) {
    operatorLog.say(level, `and ${more} more like this; 'dragoman check' lists them all`);
  }
}
