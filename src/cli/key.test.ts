import { expect, test } from "bun:test";
import { join } from "node:path";
import { keyDigest } from "../plugins/key-auth/key-digest.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

function dragoman(...argv: readonly string[]) {
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, MAIN, ...argv]);
  return { out: stdout.toString(), problem: stderr.toString(), exitCode };
}

test("a key is printed once, with the lines that let it in", () => {
  const { out, exitCode } = dragoman("key", "new", "web-team");
  expect(exitCode).toBe(0);
  const [key = ""] = out.split("\n");
  expect(key).toMatch(/^dg_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/);
  expect(out).toContain(`keys:\n  web-team:\n    hash: "${keyDigest(key)}"`);
  expect(out.split(key)).toHaveLength(2);
});

test("as JSON, for scripts; no two are alike", () => {
  const made = [1, 2].map(() => JSON.parse(dragoman("key", "new", "--json").out));
  expect(made[0].hash).toBe(keyDigest(made[0].key));
  expect(made[0].key).not.toBe(made[1].key);
});

test.each([[["key"]], [["key", "new", "a b"]], [["key", "old", "a"]]])("%j is refused", (argv) => {
  expect(dragoman(...argv)).toMatchObject({ exitCode: 2, out: "" });
});
