import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../src/main.ts");

/** Listeners on ports that are free, and no made-up calls: most processes here serve a handful. */
export const ANY_PORT = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--no-warm-up"];

export interface ProcessOptions {
  readonly flags?: readonly string[];
  /** What stands in the environment beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The gateway as its own process, with a configuration in a file. */
export async function startProcess(
  config: object,
  { flags = ANY_PORT, env = {} }: ProcessOptions = {},
) {
  const file = join(tmpdir(), `dragoman-${crypto.randomUUID()}.json`);
  await writeFile(file, JSON.stringify(config));
  const child = Bun.spawn([process.execPath, MAIN, "start", "-c", file, ...flags], {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
  });
  const out = lines(child.stdout);
  const urls: string[] = [];
  let admin = "";
  while (admin === "") {
    const line = await until(out, /((?:gateway|admin) +\S+)/);
    const [kind, address = ""] = line.split(/ +/);
    if (kind === "admin") admin = address;
    else urls.push(address);
  }
  const [url = ""] = urls;
  return {
    /** Of the first proxy listener, and of all of them. */
    url,
    urls,
    admin,
    child,
    errors: lines(child.stderr),
    post: (body: object, init: BunFetchRequestInit = {}, path = "/ai") =>
      fetch(url + path, {
        ...init,
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    rewrite: (next: object) => writeFile(file, JSON.stringify(next)),
    removeFile: () => rm(file),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await rm(file, { force: true });
    },
  };
}

/** The processes that one has started (Linux). */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** Whether a process is there, and no mere entry of one that has ended (Linux). */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** What a stream says, line by line. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

/** Reads lines until one fits; gives its first group. */
export async function until(source: AsyncGenerator<string>, wanted: RegExp): Promise<string> {
  for (;;) {
    const { done, value } = await source.next();
    if (done) throw new Error(`the process ended before it said ${wanted}`);
    const match = wanted.exec(value);
    if (match) return match[1] ?? "";
  }
}
