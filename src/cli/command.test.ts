import { expect, test } from "bun:test";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dragoman, MAIN } from "../../tests/fixtures/dragoman.ts";
import { VERSION } from "../version.ts";

test.each([
  [["start", "-c", "a.yaml", "b.yaml"], "'b.yaml' means nothing here"],
  [["start", "a.yaml", "b.yaml"], "'b.yaml' means nothing here"],
  [["start", "--listn", ":1"], "no option '--listn'; did you mean '--listen'?"],
  [["lab", "foo"], "'foo' means nothing here"],
  [["lab", "--models", "foo"], "'foo' means nothing here"],
  [["schema", "foo"], "'foo' means nothing here"],
])("%p is refused before anything is done", async (argv, sentence) => {
  const { exitCode, out, err } = await dragoman(argv);
  expect(exitCode).toBe(2);
  expect(out).toBe("");
  expect(err).toStartWith(`dragoman: ${sentence}\n\nUsage: dragoman ${argv[0]} `);
});

test("a command that is not there is told with the nearest that is", async () => {
  const { exitCode, err } = await dragoman(["chek", "gateway.yaml"]);
  expect(exitCode).toBe(2);
  expect(err).toStartWith("dragoman: no command 'chek'; did you mean 'check'?\n");
});

test.each([["--version"], ["-v"], ["-V"], ["version"]])("%s prints the version", async (flag) => {
  expect(await dragoman([flag])).toEqual({ exitCode: 0, out: `${VERSION}\n`, err: "" });
});

test.each([[["lab", "--help"]], [["lab", "-h"]], [["help", "lab"]]])(
  "%p says what each option means, and what holds unless it is set",
  async (argv) => {
    const { exitCode, out } = await dragoman(argv);
    expect(exitCode).toBe(0);
    expect(out).toBe(`Starts a simulator of model providers: every dialect, every fault, no model.

Usage: dragoman lab [--listen HOST:PORT] [--seed N] [--models] [--json]

  --listen HOST:PORT  Where to listen. Default: 127.0.0.1:8089
  --seed N            A whole number; the same one gives the same answers. Default: 1
  --models            List the models it plays, and start nothing.
  --json              With --models: as JSON.
`);
  },
);

test("explain --json lists the problems of a file that has some", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dragoman-test-"));
  const file = join(folder, "gateway.yaml");
  await writeFile(file, "providers: { openai: { kye: sk-test } }");
  const { exitCode, out, err } = await dragoman(["explain", file, "--json"]);
  await rm(folder, { recursive: true });
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: "" });
  const { valid, problems } = JSON.parse(out);
  expect(valid).toBe(false);
  expect(problems).toMatchObject([{ path: "providers.openai.kye", severity: "error" }]);
});

/** A device whose disk is always full: https://man7.org/linux/man-pages/man4/full.4.html */
test
  .skipIf(process.platform !== "linux")
  .each([
    [["schema"]],
    [["key", "new"]],
    [["lab", "--models"]],
    [["init", "-"]],
    [["doctor", "--offline"]],
    [["--version"]],
    [["help", "start"]],
  ])("%p whose output cannot be written fails, and says so", async (argv) => {
  await using full = await open("/dev/full", "w");
  const child = Bun.spawn([process.execPath, MAIN, ...argv], { stdout: full.fd, stderr: "pipe" });
  expect(await new Response(child.stderr).text()).toBe(
    "dragoman: the output was not written: ENOSPC: no space left on device, write\n",
  );
  expect(await child.exited).toBe(1);
});

test("a reader that has seen enough is no failure", async () => {
  const shell = `"$0" "$1" schema | head -c 1; echo "\${PIPESTATUS[0]}"`;
  const child = Bun.spawn(["bash", "-c", shell, process.execPath, MAIN], { stderr: "pipe" });
  expect(await new Response(child.stdout).text()).toBe("{0\n");
  expect(await new Response(child.stderr).text()).toBe("");
});
