import { afterEach, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAsWritten, readPage } from "./read-page.ts";

/**
 * Follows the tutorial and the how-to pages as a reader would: writes their files, pastes their
 * commands into bash, and compares what is printed. Only the ports differ.
 */
const ROOT = join(import.meta.dirname, "../..");
const DOCUMENTED_PORTS = ["8000", "8001", "8089", "9000", "9001", "6379"];
/** Programs that a page has its readers start. */
const NEEDED: Readonly<Record<string, string>> = { "docs/how-to/several-nodes.md": "redis-server" };
const CHECKOUT = ["package.json", "bin", "src", "node_modules", "tsconfig.json"];

const pages = ["tutorial", "how-to"].flatMap((folder) =>
  readdirSync(join(ROOT, "docs", folder))
    // The providers' pages need the vendors; `provider-pages.test.ts` has the lab in their place.
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${folder}/${file}`),
);

const running = new Map<string, ChildProcess>();
const folders: string[] = [];

afterEach(async () => {
  await Promise.all([...running.keys()].map(stop));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

for (const page of pages) {
  const needed = NEEDED[page];
  const isMissing = needed !== undefined && Bun.which(needed) === null;
  test.skipIf(isMissing)(`${page} works when pasted`, () => follow(page), 60_000);
}

async function follow(page: string): Promise<void> {
  const { toFree, toDocumented, environment } = freePorts();
  const folder = checkout();
  const options = { cwd: folder, env: environment, detached: true } as const;
  for (const step of readPage(readFileSync(join(ROOT, page), "utf8"))) {
    if (step.do === "write") {
      writeFileSync(join(folder, step.file), toFree(step.text));
      continue;
    }
    const output = step.do === "run" ? await run(toFree(step.commands)) : await start(step);
    if (step.prints !== undefined && !isAsWritten(toDocumented(output), step.prints)) {
      // The comparison that fails shows both texts.
      expect(toDocumented(output)).toBe(step.prints);
    }
  }

  async function run(commands: string): Promise<string> {
    const child = spawn("bash", ["-c", `${PRELUDE}\n${commands}`], options);
    const output = collect(child);
    await new Promise((resolve) => child.once("close", resolve));
    return output();
  }

  async function start(step: { terminal: string; command: string }): Promise<string> {
    await stop(step.terminal);
    const child = spawn("bash", ["-c", `${PRELUDE}\n${toFree(step.command)}`], options);
    running.set(step.terminal, child);
    const output = collect(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", () => {
        // The first screen is complete when it has said where it listens, and an example if it has one.
        if (
          /^lab listening|Ready to accept connections|^Try it:[\s\S]*new OpenAI.*$|^ {2}config[\s\S]*admin.*$/m.test(
            output(),
          )
        )
          resolve();
      });
      child.once("exit", () => reject(new Error(`'${step.command}' ended: ${output()}`)));
    });
    return output();
  }
}

/** A checkout's `dragoman`, as the pages tell readers to have it; its lab takes the port it is given. */
const PRELUDE =
  'dragoman() { if [ "$*" = lab ]; then set -- lab --listen "127.0.0.1:$LAB_PORT"; fi; node bin/dragoman.mjs "$@"; }';

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => text.replace(/\r|^npm warn .*\n/gm, "");
}

async function stop(terminal: string): Promise<void> {
  const child = running.get(terminal);
  running.delete(terminal);
  if (child?.pid === undefined || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("close", resolve));
  process.kill(-child.pid, "SIGINT");
  await gone;
}

function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), "dragoman-docs-"));
  folders.push(folder);
  for (const name of CHECKOUT) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

/**
 * Below those that systems hand out, which another test's connection may get before they are used; and
 * other ones in each process, for a second run of the tests beside this one looks for free ports too.
 */
let nextPort = 20_000 + (process.pid % 120) * 100;

function freePort(): string {
  for (;;) {
    nextPort += 1;
    try {
      const port = nextPort;
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return String(port);
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    }
  }
}

function freePorts() {
  const free = DOCUMENTED_PORTS.map(freePort);
  const swap = (from: readonly string[], to: readonly string[]) => (text: string) =>
    from.reduce((done, port, at) => {
      const named = done.replaceAll(`--port ${port}`, `--port ${to[at]}`);
      return named.replaceAll(`:${port}`, `:${to[at]}`);
    }, text);
  return {
    toFree: swap(DOCUMENTED_PORTS, free),
    toDocumented: swap(free, DOCUMENTED_PORTS),
    // No provider's key and no local Ollama: the page speaks of a machine that has neither.
    environment: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      LANG: "C.UTF-8",
      OLLAMA_HOST: "127.0.0.1:1",
      KONG_PROXY_LISTEN: `127.0.0.1:${free[0]}`,
      KONG_ADMIN_LISTEN: `127.0.0.1:${free[1]}`,
      LAB_PORT: free[2],
    },
  };
}
