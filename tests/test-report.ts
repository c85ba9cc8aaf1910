export type BlockSink = (text: string) => void;

interface Counts {
  pass: number;
  fail: number;
  skip: number;
  todo: number;
  error: number;
}

const FILE = /^(\S+\.test\.ts):$/;
const COUNT = /^ *(\d+) (pass|fail|skip|todo|error)s?$/;
const RECAP = /^\d+ tests? failed:$/;
const TOTAL = /^Ran (\d+) tests? across /;

/**
 * Reads the output of `bun test`: blocks of lines, each below the name of its file (a slow file has
 * several), then the counts. A block of passing tests becomes one line; any other keeps its lines.
 */
export function createReporter(write: BlockSink) {
  const counts: Counts = { pass: 0, fail: 0, skip: 0, todo: 0, error: 0 };
  let pending = "";
  let file: string | undefined;
  let block: string[] = [];
  let ran: number | undefined;

  function line(text: string): void {
    const [, name] = FILE.exec(text) ?? [];
    const [, number, what] = COUNT.exec(text) ?? [];
    if (name !== undefined) {
      flush();
      file = name;
    } else if (number !== undefined && isCount(what)) {
      flush();
      file = undefined;
      counts[what] = Number(number);
    } else if (TOTAL.test(text)) {
      ran = Number(TOTAL.exec(text)?.[1]);
    } else if (RECAP.test(text)) {
      flush();
      file = undefined;
      block.push("", text);
    } else if (!text.endsWith(" expect() calls")) {
      block.push(text);
    }
  }

  function flush(): void {
    if (block.every((text) => text === "")) return;
    const passed = block.filter((text) => text.startsWith("(pass) ")).length;
    const isClean = block.every((text) => !/^(?:\(fail\) |# Unhandled error|✗ )/.test(text));
    if (file === undefined || !isClean) {
      const lines = block.filter((text) => !text.startsWith("(pass) "));
      const text = [...(file === undefined ? [] : [`${file}:`]), ...lines].join("\n").trim();
      if (text !== "") write(text);
    } else {
      write(`ok ${file} (${passed})`);
    }
    block = [];
  }

  return {
    push(text: string): void {
      const lines = (pending + text).split("\n");
      pending = lines.pop() ?? "";
      for (const one of lines) line(one);
    },
    /** The line to close with, from the runner's counts; never a success that the runner did not report. */
    end(exitCode: number): { closing: string; exitCode: number } {
      if (pending !== "") line(pending);
      flush();
      if (ran === undefined) {
        write(`the test runner ended without its counts (exit code ${exitCode})`);
        return { closing: closingLine({ ...counts, fail: Math.max(counts.fail, 1) }), exitCode: 1 };
      }
      if (ran === 0) write("no test ran");
      const isGood = exitCode === 0 && ran > 0 && counts.fail === 0 && counts.error === 0;
      // An error outside of any test fails the run though the runner counts no failed test.
      const fail = isGood ? 0 : Math.max(counts.fail, counts.error, 1);
      return { closing: closingLine({ ...counts, fail }), exitCode: isGood ? 0 : 1 };
    },
  };
}

function isCount(what: string | undefined): what is keyof Counts {
  return what !== undefined;
}

function closingLine({ pass, fail, skip, todo }: Counts): string {
  const skipped = skip + todo;
  return `${pass} passed, ${fail} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
