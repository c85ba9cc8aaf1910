import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dragoman } from "../../tests/fixtures/dragoman.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dragoman-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Env = Readonly<Record<string, string>>;

/** In an environment of these variables alone, on a machine without Ollama. */
const run = (env: Env, argv: readonly string[], stdin = "") =>
  dragoman(argv, { cwd: folder, env: { OLLAMA_HOST: "127.0.0.1:1", ...env }, stdin });

test.each<[Env, string]>([
  [{}, "lab"],
  [{ OPENAI_API_KEY: "sk-secret" }, "openai"],
  [{ ANTHROPIC_API_KEY: "sk-secret", MISTRAL_API_KEY: "sk-secret" }, "anthropic"],
  [{ AWS_PROFILE: "dev", AWS_REGION: "eu-west-1" }, "bedrock"],
  [
    { DATABRICKS_TOKEN: "sk-secret", DATABRICKS_HOST: "https://dbc-1.cloud.databricks.com" },
    "databricks",
  ],
])(
  "what init finds with %p is a file that check takes, with no secret in it",
  async (env, name) => {
    const { exitCode, out, err } = await run(env, ["init", "-"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain(`providers:\n  ${name}:\n`);
    expect(out).not.toContain("sk-secret");
    const taken = { exitCode: 0, out: "-: valid\n", err: "" };
    expect(await run(env, ["check", "-"], out)).toEqual(taken);
    const models = out.slice(out.indexOf("# models:"), out.indexOf("# Who may call."));
    expect(await run(env, ["check", "-"], out + models.replaceAll(/^# /gm, ""))).toEqual(taken);
  },
);

test("what is set up by half is left out, and said", async () => {
  const { out } = await run({ AWS_PROFILE: "dev" }, ["init", "-"]);
  expect(out).toContain("# Left out: AWS_PROFILE is set, but no AWS_REGION.\n");
});

test("init writes gateway.yaml, but over no file unless it is told to", async () => {
  const file = join(folder, "gateway.yaml");
  const next = "Next:\n  dragoman check gateway.yaml\n  dragoman start gateway.yaml\n";
  const done = { exitCode: 0, out: `gateway.yaml: written\n\n${next}`, err: "" };
  expect(await run({}, ["init"])).toEqual(done);
  const first = await readFile(file, "utf8");
  const env = { OPENAI_API_KEY: "sk-secret" };
  const sentence = "it is there already; name another file, or add --force";
  expect(await run(env, ["init"])).toEqual({
    exitCode: 1,
    out: "",
    err: `dragoman: gateway.yaml was not written: ${sentence}\n`,
  });
  expect(await readFile(file, "utf8")).toBe(first);
  expect(await run(env, ["init", "--force"])).toEqual(done);
  expect(await readFile(file, "utf8")).toContain("key: $OPENAI_API_KEY");
});
