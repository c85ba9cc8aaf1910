import { join } from "node:path";

export const MAIN = join(import.meta.dirname, "../main.ts");

interface Setting {
  readonly cwd?: string;
  /** All variables that it is to see; this process's own unless set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs the program to its end, as from a command line. */
export async function dragoman(argv: readonly string[], { stdin = "", ...setting }: Setting = {}) {
  const child = Bun.spawn([process.execPath, MAIN, ...argv], {
    ...setting,
    stdin: new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, out, err };
}
