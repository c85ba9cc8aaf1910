import type { Problem } from "./config.ts";
import type { Part, SourceDocument } from "./document.ts";
import { formatPath, type Path } from "./path.ts";

/** Something wrong with a file, before it is given its place in it. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly severity?: Problem["severity"];
  /** Which of the two the position names; the value unless said otherwise. */
  readonly part?: Part;
  readonly hint?: string | undefined;
}

/** Collects everything that is wrong, so that a user sees it at once. */
export interface Report {
  add(finding: Finding): void;
  /** Keeps a secret out of every message. */
  conceal(secret: string): void;
  /** In the order of the file. */
  problems(): readonly Problem[];
}

/** Shorter ones are words that messages need. */
const CONCEALED_LENGTH = 6;

export function createReport(document: SourceDocument): Report {
  const problems: Problem[] = document.faults.map(({ message, position }) => {
    return { severity: "error", path: "", message, position };
  });
  const secrets = new Set<string>();
  const conceal = (secret: string) => {
    if (secret.length >= CONCEALED_LENGTH) secrets.add(secret);
  };
  document.filledValues.forEach(conceal);
  const clean = (text: string) =>
    [...secrets].reduce((cleaned, secret) => cleaned.replaceAll(secret, "***"), text);
  return {
    conceal,
    add({ path, message, severity = "error", part = "value", hint }) {
      // Whatever a template without a value stands for, it is not this that is wrong.
      if (document.template(path) === "missing") return;
      const where = formatPath(path);
      if (problems.some((one) => one.path === where && one.message === message)) return;
      problems.push({
        severity,
        path: where,
        message,
        position: document.position(path, part),
        ...(hint === undefined ? {} : { hint }),
      });
    },
    problems: () =>
      problems
        .map((problem) => ({
          ...problem,
          path: clean(problem.path),
          message: clean(problem.message),
          ...(problem.hint === undefined ? {} : { hint: clean(problem.hint) }),
        }))
        .sort(byPosition),
  };
}

function byPosition(a: Problem, b: Problem): number {
  const lines = (a.position?.line ?? 0) - (b.position?.line ?? 0);
  return lines !== 0 ? lines : (a.position?.column ?? 0) - (b.position?.column ?? 0);
}
