import { describe, expect, test } from "bun:test";
import { dragoman } from "../fixtures/dragoman.ts";
import { proxies } from "../gateway.ts";
import { childrenOf, lines, startProcess, until } from "../process.ts";

const MAIN = `${import.meta.dirname}/../../src/main.ts`;

const portOf = (url: string) => Number(new URL(url).port);

/** As a message names it. */
function holderIn(text: string): string {
  return /process \d+ \(\w+\)/.exec(text)?.[0] ?? "nobody";
}

describe("a port has one gateway", () => {
  /** Several workers share a port, with each other alone; elsewhere than on Linux there is always one. */
  const WORKERS = process.platform === "linux" ? ["1", "2"] : ["1"];
  test.each(
    ["127.0.0.1", "0.0.0.0"].flatMap((host) => WORKERS.map((workers) => [host, workers] as const)),
  )("a second that wants it on %s ends at once; workers: %s", async (host, workers) => {
    const flags = ["--listen", `${host}:0`, "--admin", `${host}:0`, "--workers", workers];
    await using first = await startProcess(proxies(), { flags });
    const anywhere = `${host}:0`;
    for (const [option, taken] of [
      ["--listen", first.url],
      ["--admin", first.admin],
    ] as const) {
      const other = option === "--listen" ? "--admin" : "--listen";
      const wanted = `${host}:${portOf(taken)}`;
      const again = ["start", option, wanted, other, anywhere, "--workers", workers];
      const { exitCode, out, err } = await dragoman(again);
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
      expect(err).toStartWith(`dragoman: ${wanted} is in use by `);
      expect(err).toEndWith(`choose another address with ${option} HOST:PORT\n`);
      if (process.platform !== "linux") continue;
      const holders = [first.child.pid, ...childrenOf(first.child.pid)];
      expect(holders.map((pid) => `process ${pid} (bun)`)).toContain(holderIn(err));
    }
    expect((await fetch(first.url)).status).toBe(404);
  });

  test("a second lab ends at once too", async () => {
    const argv = [process.execPath, MAIN, "lab", "--listen", "127.0.0.1:0"];
    const first = Bun.spawn(argv, { stdout: "pipe" });
    try {
      const url = await until(lines(first.stdout), /lab listening on (\S+)/);
      const wanted = `127.0.0.1:${portOf(url)}`;
      const { exitCode, err } = await dragoman(["lab", "--listen", wanted]);
      expect(exitCode).toBe(1);
      expect(err).toStartWith(`dragoman: ${wanted} is in use by `);
    } finally {
      first.kill("SIGKILL");
      await first.exited;
    }
  });

  test("is free again for the next as soon as one has ended, though calls were answered", async () => {
    await using first = await startProcess(proxies());
    await fetch(first.url);
    first.child.kill("SIGTERM");
    expect(await first.child.exited).toBe(0);
    const flags = ["--listen", new URL(first.url).host, "--admin", new URL(first.admin).host];
    await using next = await startProcess(proxies(), { flags });
    expect(next.url).toBe(first.url);
  });
});
