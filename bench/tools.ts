import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const portkeyVersion = "1.15.2";
const portkeyFolder = join(import.meta.dir, ".cache", `portkey-${portkeyVersion}`);

/**
 * Newer hono and @hono/node-server, which its ranges allow, make this release answer 500 to every
 * stream: the versions of its own lock file are put in their place.
 */
const portkeyManifest = {
  name: "bench-portkey",
  private: true,
  dependencies: { "@portkey-ai/gateway": portkeyVersion },
  overrides: { hono: "4.9.7", "@hono/node-server": "1.13.8", "@hono/node-ws": "1.2.0" },
};

/** nginx, wrk and taskset, from the Debian archive where they are missing. */
export function installTools(): void {
  const packages = { nginx: "nginx-light", wrk: "wrk", taskset: "util-linux" };
  const missing = Object.entries(packages).filter(
    ([command]) => findCommand(command) === undefined,
  );
  if (missing.length === 0) return;
  run(["apt-get", "install", "-y", "--no-install-recommends", ...missing.map(([, name]) => name)]);
}

/** Debian keeps nginx where an ordinary user's PATH does not look. */
export function nginxPath(): string {
  return findCommand("nginx") ?? "nginx";
}

/** The start script of the pinned Portkey gateway, installed at the first call. */
export async function installPortkey(): Promise<string> {
  const script = join(
    portkeyFolder,
    "node_modules",
    "@portkey-ai",
    "gateway",
    "build",
    "start-server.js",
  );
  if (existsSync(script)) return script;
  mkdirSync(portkeyFolder, { recursive: true });
  await Bun.write(
    join(portkeyFolder, "package.json"),
    `${JSON.stringify(portkeyManifest, null, 2)}\n`,
  );
  run([
    "npm",
    "install",
    "--prefix",
    portkeyFolder,
    "--ignore-scripts",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  return script;
}

function findCommand(command: string): string | undefined {
  return Bun.which(command, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` }) ?? undefined;
}

function run(argv: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...argv], {
    stdout: "ignore",
    stderr: "pipe",
    timeout: 300_000,
  });
  if (exitCode !== 0) throw new Error(`\`${argv.join(" ")}\` failed: ${stderr.toString().trim()}`);
}
