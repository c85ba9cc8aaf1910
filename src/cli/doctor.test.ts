import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dragoman } from "../../tests/fixtures/dragoman.ts";
import type { Finding } from "./doctor.ts";

const KEY = "sk-right";

let folder: string;
/** A provider that knows one key, ten minutes ahead of this machine. */
const vendor = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const date = new Date(Date.now() + 600_000).toUTCString();
    if (request.headers.get("authorization") !== `Bearer ${KEY}`) {
      return Response.json(
        { error: { message: `no key ${KEY}` } },
        { status: 401, headers: { date } },
      );
    }
    return Response.json({ data: [{ id: "one" }, { id: "two" }] }, { headers: { date } });
  },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dragoman-test-"));
});
afterAll(async () => {
  await vendor.stop(true);
  await rm(folder, { recursive: true });
});

/** With both listeners on ports that the system picks. */
async function doctor(config: object, ...argv: readonly string[]) {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(file, JSON.stringify(config));
  const ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  return { file, ...(await dragoman(["doctor", file, ...ports, ...argv])) };
}

async function found(config: object, ...argv: readonly string[]) {
  const { exitCode, out, err } = await doctor(config, "--json", ...argv);
  expect(err).toBe("");
  const findings = JSON.parse(out) as readonly Finding[];
  const about = (name: string) => findings.filter((one) => one.about === name);
  return { exitCode, findings, about };
}

const provider = (key: string, url = `${vendor.url.origin}/v1`) => ({ type: "openai", url, key });

test("each provider's key is tried once, and whoever is refused or not there is named", async () => {
  const providers = {
    right: provider(KEY),
    wrong: provider("sk-wrong"),
    gone: provider(KEY, "http://127.0.0.1:1/v1"),
    cloud: { type: "bedrock", region: "eu-west-1" },
  };
  const { exitCode, about, findings } = await found({ providers, models: { fast: "right/one" } });
  expect(exitCode).toBe(1);
  expect(about("right")).toEqual([
    { about: "right", verdict: "ok", message: "answers, and lists 2 models" },
  ]);
  expect(about("wrong")).toMatchObject([
    {
      verdict: "error",
      message: expect.stringContaining("answered 401: see that its key is right"),
    },
  ]);
  expect(about("gone")).toMatchObject([
    { verdict: "error", message: expect.stringContaining("could not be reached") },
  ]);
  expect(about("cloud")).toMatchObject([{ verdict: "unknown" }]);
  expect(JSON.stringify(findings)).not.toContain("sk-");
});

test("a clock that is minutes off is found by the providers' answers", async () => {
  const { about } = await found({ providers: { right: provider(KEY) } });
  expect(about("clock")).toMatchObject([
    { verdict: "error", message: expect.stringMatching(/^within (?:59\d|60[01]) s /) },
  ]);
});

test("targets of the declarative form are asked too, and offline nobody is", async () => {
  const auth = { header_name: "Authorization", header_value: "Bearer sk-wrong" };
  const upstream_url = `${vendor.url.origin}/v1/chat/completions`;
  const model = { provider: "openai", name: "gpt-4o", options: { upstream_url } };
  const plugin = { name: "ai-proxy", config: { route_type: "llm/v1/chat", auth, model } };
  const config = { _format_version: "3.0", plugins: [plugin] };
  const { exitCode, about } = await found(config);
  expect(exitCode).toBe(1);
  expect(about("openai")).toMatchObject([{ verdict: "error" }]);
  const offline = await found(config, "--offline");
  expect(offline.exitCode).toBe(0);
  expect(offline.about("openai")).toEqual([]);
});

test("a taken port and a file with problems are errors, a line each", async () => {
  const port = `127.0.0.1:${vendor.port}`;
  const { exitCode, out, file } = await doctor(
    { providers: { openai: { kye: "k" } } },
    "--listen",
    port,
  );
  expect(exitCode).toBe(1);
  expect(out).toMatch(new RegExp(`^error {4}gateway {6}${port} is in use`, "m"));
  expect(out).toContain(`error    file         ${file} is not valid: ${file}:1:`);
  expect(out).toMatch(/^ok {7}runtime {6}Bun /m);
});
