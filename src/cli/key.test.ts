import { expect, test } from "bun:test";
import { dragoman } from "../../tests/fixtures/dragoman.ts";
import { keyDigest } from "../plugins/key-auth/key-index.ts";

test("a key is printed once, with the lines that let it in", async () => {
  const { out, exitCode } = await dragoman(["key", "new", "web-team"]);
  expect(exitCode).toBe(0);
  const [key = ""] = out.split("\n");
  expect(key).toMatch(/^dg_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/);
  expect(out).toContain(`keys:\n  web-team:\n    hash: "${keyDigest(key)}"`);
  expect(out.split(key)).toHaveLength(2);
});

test("as JSON, for scripts; no two are alike", async () => {
  const made = (await Promise.all([1, 2].map(() => dragoman(["key", "new", "--json"])))).map(
    ({ out }) => JSON.parse(out),
  );
  expect(made[0].hash).toBe(keyDigest(made[0].key));
  expect(made[0].key).not.toBe(made[1].key);
});

test.each([[["key"]], [["key", "new", "a b"]], [["key", "old", "a"]]])(
  "%j is refused",
  async (argv) => {
    expect(await dragoman(argv)).toMatchObject({ exitCode: 2, out: "" });
  },
);
