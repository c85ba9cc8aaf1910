import type { Config, LoadResult, Problem } from "../config/config.ts";
import { print, say } from "../gateway/operator-log.ts";
import { problemLine } from "./read-config.ts";

/** Tells what is wrong with a configuration and, where it cannot be used, what comes of that. */
export function usableConfig(
  result: LoadResult,
  name: string,
  consequence: string,
): Config | undefined {
  const problems = "config" in result ? result.config.warnings : result.problems;
  for (const severity of ["error", "warning"] as const) tellOf(severity, problems);
  if ("config" in result) return result.config;
  print(`dragoman: ${name} has problems; ${consequence}`);
  return undefined;
}

/** Lines of one severity: ten thousand of them help nobody, and writing them takes its time. */
const MAX_LINES = 100;

function tellOf(severity: Problem["severity"], all: readonly Problem[]): void {
  const problems = all.filter((problem) => problem.severity === severity);
  const write = (line: string) => (severity === "error" ? print(line) : say("warn", line));
  for (const problem of problems.slice(0, MAX_LINES)) write(problemLine(problem));
  const more = problems.length - MAX_LINES;
  if (more > 0) write(`dragoman: and ${more} more like this; 'dragoman check' lists them all`);
}
