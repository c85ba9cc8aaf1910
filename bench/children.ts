import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processTree } from "./cpu.ts";

/** A server under test or beside it, on a core of its own. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The exit code, once it has ended. */
  exitCode(): number | null;
  /** The last lines it wrote, for an error message. */
  lastWords(): string;
  stop(): Promise<void>;
}

export interface Command {
  readonly name: string;
  readonly core: number;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Removed at exit. */
export const scratch = mkdtempSync(join(tmpdir(), "dragoman-bench-"));

const running = new Set<Child>();

export function startChild({ name, core, argv, env = {} }: Command): Child {
  const logPath = join(scratch, `${name}-${performance.now()}.log`);
  const log = openSync(logPath, "a");
  const subprocess = Bun.spawn(["taskset", "-c", String(core), ...argv], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  const child: Child = {
    name,
    pid: subprocess.pid,
    exitCode: () => subprocess.exitCode,
    lastWords: () => readFileSync(logPath, "utf8").trim().split("\n").slice(-5).join("\n"),
    stop: async () => {
      const tree = processTree(subprocess.pid);
      subprocess.kill("SIGTERM");
      const ended = await Promise.race([
        subprocess.exited.then(() => true),
        Bun.sleep(2000).then(() => false),
      ]);
      if (!ended) killTree(tree);
      running.delete(child);
    },
  };
  running.add(child);
  return child;
}

/** Resolves when the port answers HTTP at all; rejects with the child's last words when it ends or takes too long. */
export async function untilListening(child: Child, port: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (child.exitCode() !== null)
      throw new Error(`${child.name} ended with ${child.exitCode()}: ${child.lastWords()}`);
    if (await answers(port)) return;
    await Bun.sleep(50);
  }
  throw new Error(
    `${child.name} did not listen on port ${port} within ${timeoutMs} ms: ${child.lastWords()}`,
  );
}

export function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

/** Leaves no process and no file behind, however this program ends. */
export function cleanUpAtExit(): void {
  process.on("exit", () => {
    for (const child of running) killTree(processTree(child.pid));
    rmSync(scratch, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => process.exit(1));
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  }
}

/** Children before parents, so that no parent starts another in between. */
function killTree(tree: readonly number[]): void {
  for (const pid of tree.toReversed()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
