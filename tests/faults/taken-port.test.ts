import { describe, expect, test } from "bun:test";
import { dragoman } from "../fixtures/dragoman.ts";
import { proxies } from "../gateway.ts";
import { lines, startProcess, until } from "../process.ts";

const MAIN = `${import.meta.dirname}/../../src/main.ts`;

const portOf = (url: string) => Number(new URL(url).port);

describe("a port has one gateway", () => {
  test.each(["127.0.0.1", "0.0.0.0"])("a second that wants it on %s ends at once", async (host) => {
    const flags = ["--listen", `${host}:0`, "--admin", `${host}:0`];
    await using first = await startProcess(proxies(), { flags });
    const anywhere = `${host}:0`;
    for (const [option, taken] of [
      ["--listen", first.url],
      ["--admin", first.admin],
    ] as const) {
      const other = option === "--listen" ? "--admin" : "--listen";
      const wanted = `${host}:${portOf(taken)}`;
      const { exitCode, out, err } = await dragoman(["start", option, wanted, other, anywhere]);
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
      expect(err).toStartWith(`dragoman: ${wanted} is in use by `);
      expect(err).toEndWith(`choose another address with ${option} HOST:PORT\n`);
      if (process.platform === "linux") expect(err).toContain(`process ${first.child.pid} (bun)`);
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
