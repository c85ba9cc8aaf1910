import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../main.ts");

let folder: string;
let config: string;
const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
const address = `127.0.0.1:${taken.port}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dragoman-test-"));
  config = join(folder, "gateway.yaml");
  await writeFile(config, "providers: { openai: sk-test }");
});
afterAll(async () => {
  await taken.stop(true);
  await rm(folder, { recursive: true });
});

async function start(listen: string, admin: string) {
  const flags = ["-c", config, "--listen", listen, "--admin", admin];
  const child = Bun.spawn([process.execPath, MAIN, "start", ...flags], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, out, err };
}

test("a port in use is told of in one sentence with what to do", async () => {
  const help = "stop that process, or choose another address with";
  const sentence = `dragoman: ${address} is in use by another process: ${help}`;
  expect(await start(address, "127.0.0.1:0")).toEqual({
    exitCode: 1,
    out: "",
    err: `${sentence} --listen HOST:PORT\n`,
  });
  expect(await start("127.0.0.1:0", address)).toEqual({
    exitCode: 1,
    out: "",
    err: `${sentence} --admin HOST:PORT\n`,
  });
});

test("so is an address that is not this machine's", async () => {
  // From the range that is kept for documentation: https://datatracker.ietf.org/doc/html/rfc5737
  const { exitCode, err } = await start("203.0.113.1:8000", "127.0.0.1:0");
  expect({ exitCode, lines: err.split("\n").length }).toEqual({ exitCode: 1, lines: 2 });
  expect(err).toStartWith("dragoman: 203.0.113.1:8000 is no address of this machine");
});
