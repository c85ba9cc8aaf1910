import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the server's program is, and why tests of it are skipped where it is not. */
export const REDIS_SERVER = Bun.which("redis-server");

/** A port that was free a moment ago: the server cannot be told to take any. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A Redis of its own that keeps nothing on disk. */
export function startRedis(port: number, flags: readonly string[] = []) {
  const settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  return start(port, ["--port", `${port}`, ...settings, ...flags], "Ready to accept connections");
}

/** A sentinel that knows one master, by the name of `mine`. */
export async function startSentinel(port: number, masterPort: number) {
  const file = join(await directoryFor(port), "sentinel.conf");
  await writeFile(file, `port ${port}\nsentinel monitor mine 127.0.0.1 ${masterPort} 1\n`);
  return start(port, [file, "--sentinel"], "+monitor master mine");
}

async function directoryFor(port: number): Promise<string> {
  const directory = join(tmpdir(), `dragoman-redis-${port}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

async function start(port: number, args: readonly string[], ready: string) {
  const directory = await directoryFor(port);
  const command = [REDIS_SERVER ?? "redis-server", ...args, "--dir", directory];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of child.stdout) {
    said += decoder.decode(chunk, { stream: true });
    if (said.includes(ready)) break;
  }
  if (!said.includes(ready)) throw new Error(`redis-server: ${said}`);
  return {
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
