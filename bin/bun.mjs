#!/usr/bin/env node
// Finds the Bun binary that came with `npm ci` and hands over to it: `node bin/bun.mjs <bun arguments>`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { argv, env, exit, platform, report, stderr } from "node:process";
import { fileURLToPath } from "node:url";
import { threadEnvironment, usableCores } from "./cores.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** npm's name of the package that carries Bun for this machine. */
function bunPackage() {
  const musl = platform === "linux" && !report?.getReport().header.glibcVersionRuntime;
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  return `@oven/bun-${platform === "win32" ? "windows" : platform}-${cpu}${musl ? "-musl" : ""}`;
}

function findBun() {
  try {
    const folder = dirname(require.resolve(`${bunPackage()}/package.json`));
    return join(folder, "bin", platform === "win32" ? "bun.exe" : "bun");
  } catch {
    return undefined;
  }
}

/** Whether each package that is named is there; a newer checkout may name more than the last one did. */
function isInstalled(purpose) {
  const { dependencies, devDependencies } = require("../package.json");
  const wanted = purpose === "run" ? dependencies : { ...dependencies, ...devDependencies };
  return Object.keys(wanted).every((name) => existsSync(join(root, "node_modules", name)));
}

/**
 * A checkout installs its own dependencies, exactly as locked and with every install script off: to
 * run, only what running needs; to develop, the tests' and checks' tools too.
 */
function install(purpose) {
  if (!existsSync(join(root, "package-lock.json")) || isInstalled(purpose)) return;
  // Where some are there already, what is missing is added; another process may be using the others.
  const command = existsSync(join(root, "node_modules")) ? "install" : "ci";
  stderr.write(`dragoman: installing dependencies (npm ${command})…\n`);
  const npm = platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(
    npm,
    [
      command,
      // What is there for developing stays: npm would take it away.
      ...(purpose === "run" && !existsSync(join(root, "node_modules", "typescript"))
        ? ["--omit=dev"]
        : []),
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: platform === "win32",
    },
  );
  if (status !== 0) {
    stderr.write(`dragoman: npm ${command} failed; the lines above say why.\n`);
    exit(1);
  }
}

const ENVIRONMENT = {
  // Bun allows 256 concurrent fetches unless told otherwise; a gateway holds far more open streams.
  BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
  // Milliseconds until freed memory goes back to the system. By default it goes so soon that the next
  // calls ask for it again, which took 4 % of a call's CPU (https://microsoft.github.io/mimalloc/environment.html).
  MIMALLOC_PURGE_DELAY: "1000",
};

/** npm runs a script in a shell of its own. */
const isUnderNpm = env.npm_lifecycle_event !== undefined;

/**
 * Runs Bun with these arguments in this process's place: same streams, signals and exit code.
 * `purpose` says which dependencies must be there: `run` or `develop`.
 */
export function runBun(bunArguments, purpose) {
  install(purpose);
  const bun = findBun();
  if (!bun) {
    stderr.write(
      `dragoman: ${bunPackage()} is not installed. Run \`npm ci\`, or see docs/architecture.md for the supported machines.\n`,
    );
    exit(1);
  }
  // How many workers `auto` means.
  const cores = { DRAGOMAN_CORES: String(usableCores()) };
  const environment = { ...ENVIRONMENT, ...cores, ...threadEnvironment(), ...env };
  // From Node 22.15 on this process can become Bun, and nothing is left in between.
  if (process.execve && platform !== "win32" && !isUnderNpm) {
    process.execve(bun, [bun, ...bunArguments], environment);
  }
  stayBeside(bun, bunArguments, environment);
}

/** What the gateway hears (src/cli/signals.ts). */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", ...(platform === "win32" ? [] : ["SIGUSR2"])];

function stayBeside(bun, bunArguments, environment) {
  // The channel is never written to: it closes when this process ends, however it ends, and
  // whatever has to end with it hears that (src/cli/launcher.ts).
  const child = spawn(bun, bunArguments, {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: environment,
  });
  for (const signal of SIGNALS) {
    process.on(signal, () => child.kill(signal));
  }
  if (isUnderNpm) whenParentGone(() => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => {
    if (signal) process.removeAllListeners(signal).kill(process.pid, signal);
    else exit(code ?? 1);
  });
}

/**
 * A shell that is ended passes nothing on, and npm that is killed outright leaves its shell behind:
 * nothing but this tells of either.
 */
function whenParentGone(tell) {
  const parent = process.ppid;
  const npm = isShellOfScript(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || parentOf(parent) === npm)) return;
    clearInterval(timer);
    tell();
  }, 1_000);
  timer.unref();
}

/** Whether a process is `sh -c …`, as npm runs a script. Known on Linux; elsewhere that shell becomes its command. */
function isShellOfScript(pid) {
  return processFile(pid, "cmdline")?.split("\0")[1] === "-c";
}

/** The parent's process id; the name of the process in between may hold blanks and parentheses. */
function parentOf(pid) {
  const stat = processFile(pid, "stat");
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
}

/** https://man7.org/linux/man-pages/man5/proc.5.html; undefined where there is none. */
function processFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) runBun(argv.slice(2), "develop");
