import { expect, test } from "bun:test";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../main.ts");

test.each([
  [["start", "gateway.yaml"], "a file is named by an option: write start -c gateway.yaml"],
  [["start", "-c", "a.yaml", "b.yaml"], "'b.yaml' means nothing here"],
  [["lab", "foo"], "'foo' means nothing here"],
  [["lab", "--models", "foo"], "'foo' means nothing here"],
  [["schema", "foo"], "'foo' means nothing here"],
])("%p is refused before anything is done", async (argv, sentence) => {
  const child = Bun.spawn([process.execPath, MAIN, ...argv], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(await child.exited).toBe(2);
  expect(out).toBe("");
  expect(err).toStartWith(`dragoman: ${sentence}\n\nUsage: dragoman ${argv[0]} [`);
});
