/**
 * `npm run check [-- steps]`: everything a commit must pass, one step after another, then a table.
 * A step's output is shown when it fails; tests and laws stream theirs.
 */
import { join } from "node:path";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether the output is shown as it comes. */
  readonly streams: boolean;
}

const ROOT = join(import.meta.dirname, "..");
const BUN = process.execPath;
const MODULES = join(ROOT, "node_modules");
const BIOME = ["node", join(MODULES, "@biomejs/biome/bin/biome")];

const STEPS: readonly Step[] = [
  { name: "format", command: [...BIOME, "format"], streams: false },
  { name: "lint", command: [...BIOME, "check", "--formatter-enabled=false"], streams: false },
  {
    name: "types",
    command: ["node", join(MODULES, "typescript/bin/tsc"), "--project", ROOT],
    streams: false,
  },
  { name: "docs", command: [BUN, "docs/generate.ts", "--check"], streams: false },
  { name: "laws", command: [BUN, "tests/run.ts", "./tests/laws"], streams: true },
  {
    name: "tests",
    command: [BUN, "tests/run.ts", "--path-ignore-patterns=tests/laws/**"],
    streams: true,
  },
];

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
}

process.exitCode = await check(process.argv.slice(2));

async function check(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => STEPS.every((step) => step.name !== name));
  if (unknown !== undefined) {
    console.error(`no step '${unknown}'; there are: ${STEPS.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const chosen = STEPS.filter(({ name }) => names.length === 0 || names.includes(name));
  const outcomes: Outcome[] = [];
  for (const step of chosen) outcomes.push(await run(step));
  console.log(`\n${table(outcomes)}`);
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
}

async function run({ name, command, streams }: Step): Promise<Outcome> {
  console.log(`${name}…`);
  const startedAtMs = performance.now();
  const pipe = streams ? "inherit" : "pipe";
  const child = Bun.spawn([...command], { cwd: ROOT, stdout: pipe, stderr: pipe });
  const [out, err, exitCode] = await Promise.all([
    child.stdout ? new Response(child.stdout).text() : "",
    child.stderr ? new Response(child.stderr).text() : "",
    child.exited,
  ]);
  const passed = exitCode === 0;
  if (!passed) console.log(`${out}${err}`.trimEnd());
  return { name, passed, seconds: (performance.now() - startedAtMs) / 1000 };
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ name, passed, seconds }) =>
      `${name.padEnd(8)}${(passed ? "passed" : "FAILED").padEnd(8)}${seconds.toFixed(1).padStart(6)} s`,
  );
  return rows.join("\n");
}
