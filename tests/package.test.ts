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

/** Starts a gateway, then asks the local model, and prints how many of its files were loaded by then. */
const LOADING = `
  let loaded = 0;
  Bun.plugin({
    name: "count",
    setup: (build) => build.onLoad({ filter: /embeddings[\\\\/]local[\\\\/]/ }, async ({ path }) => {
      loaded += 1;
      return { contents: await Bun.file(path).text(), loader: "ts" };
    }),
  });
  const { startGateway, proxies } = await import("./tests/gateway.ts");
  const model = { provider: "local", name: "all-minilm-l6-v2" };
  const gateway = await startGateway(proxies({ path: "/ai", route_type: "llm/v1/embeddings", model }));
  const before = loaded;
  const { status } = await gateway.post("/ai", { input: "a" });
  console.log(JSON.stringify({ before, status, after: loaded }));
  process.exit(0);
`;

test("nothing of the local embedding model is loaded before it is asked", async () => {
  const child = Bun.spawn([process.execPath, "-e", LOADING], { cwd: ROOT, stdout: "pipe" });
  const said: unknown = JSON.parse(await new Response(child.stdout).text());
  expect(said).toEqual({ before: 0, status: 200, after: 3 });
});
