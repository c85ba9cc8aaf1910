import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dragoman } from "../../tests/fixtures/dragoman.ts";

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

const start = (listen: string, admin: string) =>
  dragoman(["start", "-c", config, "--listen", listen, "--admin", admin]);

/** What is said of a port that a process of ours has. */
function heldBy(pid: number): string {
  if (process.platform === "linux") return `is in use by process ${pid} (bun): stop that process`;
  const question = `lsof -i tcp:${taken.port}`;
  return `is in use by another process: stop that process (\`${question}\` names it)`;
}

test("a port in use is told of in one sentence with what to do", async () => {
  const sentence = `dragoman: ${address} ${heldBy(process.pid)}, or choose another address with`;
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
  expect(await dragoman(["lab", "--listen", address])).toEqual({
    exitCode: 1,
    out: "",
    err: `${sentence} --listen HOST:PORT\n`,
  });
});

// The first is kept for documentation, the name for never being one:
// https://datatracker.ietf.org/doc/html/rfc5737 and https://datatracker.ietf.org/doc/html/rfc6761
test.each(["203.0.113.1:8000", "nohost.invalid:8000"])(
  "so is %s, which is not this machine's",
  async (elsewhere) => {
    const help = "is no address of this machine: use 127.0.0.1, or 0.0.0.0 for every address";
    const sentence = `dragoman: ${elsewhere} ${help}, or choose another address with`;
    const told = (option: string) => ({
      exitCode: 1,
      out: "",
      err: `${sentence} ${option} HOST:PORT\n`,
    });
    expect(await start(elsewhere, "127.0.0.1:0")).toEqual(told("--listen"));
    expect(await start("127.0.0.1:0", elsewhere)).toEqual(told("--admin"));
    expect(await dragoman(["lab", "--listen", elsewhere])).toEqual(told("--listen"));
  },
);
