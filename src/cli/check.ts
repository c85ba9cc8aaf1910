import { defineCommand, UsageError } from "./command.ts";
import { print } from "./print.ts";
import { problemLine, readConfig } from "./read-config.ts";

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
