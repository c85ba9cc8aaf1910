import { expect, test } from "bun:test";
import { join, posix } from "node:path";
import { importsOf, SOURCES } from "./laws/sources.ts";

const ROOT = join(import.meta.dirname, "..");

async function packed(): Promise<readonly string[]> {
  const child = Bun.spawn(["npm", "pack", "--dry-run", "--json"], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "ignore",
  });
  const listed: unknown = JSON.parse(await new Response(child.stdout).text());
  const [one] = Object.values(listed ?? {}) as { files: { path: string }[] }[];
  return one?.files.map(({ path }) => path) ?? [];
}

test("the package has what the command needs, and no tests", async () => {
  const files = await packed();
  expect(files).toContain("bin/dragoman.mjs");
  expect(files).toContain("src/main.ts");
  expect(files).toContain("src/embeddings/local/all-minilm-l6-v2.table");
  expect(files).toContain("src/embeddings/local/NOTICE.md");
  expect(files.filter((path) => /\.test\./.test(path) || /^tests\//.test(path))).toEqual([]);
  const shipped = SOURCES.filter(({ path }) => files.includes(`src/${path}`));
  const absent = shipped
    .flatMap(importsOf)
    .filter(({ isOurs, to }) => isOurs && !files.includes(posix.join("src", to)));
  expect(absent).toEqual([]);
});
