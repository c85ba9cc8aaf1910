import { nearest } from "../../chat/nearest.ts";
import type { Problem } from "../config.ts";
import type { Part, SourceDocument } from "./document.ts";
import { formatPath, type Path } from "./raw-value.ts";

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
  const told = new Set(problems.map(({ path, message }) => `${path}\n${message}`));
  const { conceal, clean } = concealment();
  document.filledValues.forEach(conceal);
  return {
    conceal,
    add({ path, message, severity = "error", part = "value", hint }) {
      // Whatever a template without a value stands for, it is not this that is wrong.
      if (document.template(path) === "missing") return;
      const where = formatPath(path);
      const key = `${where}\n${message}`;
      if (told.has(key)) return;
      told.add(key);
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

/** Secrets by how they begin, so that a text is gone through once and not once for each of them. */
function concealment() {
  const byBeginning = new Map<string, Set<string>>();
  const secretAt = (text: string, at: number): string | undefined => {
    let longest: string | undefined;
    for (const secret of byBeginning.get(text.slice(at, at + CONCEALED_LENGTH)) ?? []) {
      if (secret.length > (longest?.length ?? 0) && text.startsWith(secret, at)) longest = secret;
    }
    return longest;
  };
  return {
    conceal(secret: string): void {
      if (secret.length < CONCEALED_LENGTH) return;
      const beginning = secret.slice(0, CONCEALED_LENGTH);
      const others = byBeginning.get(beginning);
      if (others) others.add(secret);
      else byBeginning.set(beginning, new Set([secret]));
    },
    clean(text: string): string {
      let cleaned = "";
      let copied = 0;
      for (let at = 0; at + CONCEALED_LENGTH <= text.length; at += 1) {
        const secret = secretAt(text, at);
        if (secret === undefined) continue;
        cleaned += `${text.slice(copied, at)}***`;
        copied = at + secret.length;
        at = copied - 1;
      }
      return cleaned + text.slice(copied);
    },
  };
}

function byPosition(a: Problem, b: Problem): number {
  const lines = (a.position?.line ?? 0) - (b.position?.line ?? 0);
  return lines !== 0 ? lines : (a.position?.column ?? 0) - (b.position?.column ?? 0);
}

/** `did you mean 'temperature'?` when one of the names is close to what was written. */
export function didYouMean(written: string, names: Iterable<string>): string | undefined {
  const name = nearest(written, names);
  return name === undefined ? undefined : `did you mean '${name}'?`;
}
