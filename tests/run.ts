/**
 * `npm test [-- paths and flags of bun test]`: runs the tests on all cores, a line for each
 * run of passing tests, the output around every failure, and last the runner's own counts: `N passed, N failed`.
 */
import { join } from "node:path";
import { type BlockSink, createReporter } from "./test-report.ts";

const ROOT = join(import.meta.dirname, "..");
/** For one test, in milliseconds: a busy machine is no fault of a test; one that hangs still fails. */
const TIMEOUT_MS = 30_000;
const SETTINGS = [`--timeout=${TIMEOUT_MS}`, "--preload=./tests/property-seed.ts"];
const PLACES = ["./src", "./tests", "./bench"];

process.exitCode = await run(process.argv.slice(2));

async function run(given: readonly string[]): Promise<number> {
  const places = given.some((argument) => !argument.startsWith("-")) ? [] : PLACES;
  const child = Bun.spawn(
    [process.execPath, "test", "--parallel", ...SETTINGS, ...given, ...places],
    {
      cwd: ROOT,
      stdout: "inherit",
      stderr: "pipe",
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const write: BlockSink = (text) => process.stdout.write(`${text}\n`);
  const reporter = createReporter(write);
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) reporter.push(decoder.decode(chunk, { stream: true }));
  const { closing, exitCode } = reporter.end(await child.exited);
  write(closing);
  return exitCode;
}
