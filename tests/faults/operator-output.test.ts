import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask } from "../gateway.ts";
import { ANY_PORT, startProcess, until } from "../process.ts";

/** What the running gateway says to whoever runs it. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const KEY = "sk-vendor-key-0123456789";

const config = () => ({
  providers: {
    work: {
      type: "openai",
      key: KEY,
      url: `${lab.url}/v1`,
      options: { input_cost: 1, output_cost: 2 },
    },
    stale: { type: "openai", key: KEY, url: `${lab.url}/lab/401/v1` },
    dead: { type: "openai", key: KEY, url: "http://127.0.0.1:9/v1" },
    gone: { type: "openai", key: KEY, url: "http://127.0.0.1:9/v1" },
  },
  models: {
    safe: ["dead/m", "work/m"],
    each: { use: ["gone/m", "work/m"], balance: "round-robin" },
  },
});

const CHAT = "/v1/chat/completions";

test("on a pipe a failure, a refused key, a reload and the end are JSON, one line each", async () => {
  await using gateway = await startProcess(config());
  const next = async (event: string): Promise<Record<string, unknown>> =>
    JSON.parse(`{${await until(gateway.errors, new RegExp(`^{(.*"event":"${event}".*)}$`))}}`);
  const refused = await gateway.post(ask("dead/m"), {}, CHAT);
  const id = refused.headers.get("x-kong-request-id");
  expect([refused.status, await refused.json()]).toMatchObject([
    502,
    { error: { code: "upstream_connect_failed", message: expect.stringMatching(/'dead'.*'m'/) } },
  ]);
  expect(await next("upstream_failed")).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    level: "warn",
    event: "upstream_failed",
    message: `dead at 127.0.0.1:9, model m: upstream_connect_failed (ECONNREFUSED); request ${id}`,
    provider: "dead",
    model: "m",
    address: "127.0.0.1:9",
    cause: "upstream_connect_failed",
    request_id: id,
    count: 1,
  });
  // More of the same are no lines of their own.
  for (let more = 0; more < 20; more += 1) await gateway.post(ask("dead/m"), {}, CHAT);
  await gateway.post(ask("stale/m"), {}, CHAT);
  expect(await next("\\w+")).toMatchObject({ event: "credential_refused", provider: "stale" });
  for (let turn = 0; turn < 8; turn += 1) await gateway.post(ask("each"), {}, CHAT);
  expect(await next("target_ejected")).toMatchObject({ provider: "gone", cause: "error" });
  gateway.child.kill("SIGHUP");
  expect(await next("config_reloaded")).toMatchObject({ level: "notice" });
  await gateway.rewrite({ nonsense: true });
  gateway.child.kill("SIGHUP");
  expect(await next("\\w+")).toMatchObject({
    level: "error",
    event: "config_problem",
    message: expect.stringMatching(/\.json:1:\d+: error: /),
  });
  while ((await next("\\w+"))["event"] === "config_problem");
  gateway.child.kill("SIGTERM");
  expect(await next("draining")).toMatchObject({ calls: 0 });
  expect(await next("upstream_failed")).toMatchObject({ provider: "dead", count: 20 });
  expect(await gateway.child.exited).toBe(0);
});

test("a reader of standard error that does not read holds nothing up", async () => {
  const flood = Object.fromEntries(
    Array.from({ length: 150 }, (_, at) => [
      `p${at}`,
      { type: "openai", key: KEY, url: `http://127.0.0.1:9/${"x".repeat(1000)}/v1` },
    ]),
  );
  await using gateway = await startProcess({ providers: flood });
  const models = Object.keys(flood).map((name) => `${name}/${"m".repeat(200)}`);
  // Nobody reads `gateway.errors`; a pipe holds 64 KiB.
  for (const model of models) {
    expect((await gateway.post(ask(model), {}, CHAT)).status).toBe(502);
  }
  expect((await fetch(`${gateway.admin}/livez`)).status).toBe(200);
});

interface Terminal {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the gateway on a terminal, lets `use` call it, and gives what it has shown by its end. */
async function onTerminal(
  use: (url: string) => Promise<void>,
  { flags = [], env = {} }: Terminal = {},
) {
  const file = join(tmpdir(), `dragoman-${crypto.randomUUID()}.json`);
  await writeFile(file, JSON.stringify(config()));
  const main = join(import.meta.dirname, "../../src/main.ts");
  let shown = "";
  const started = Promise.withResolvers<string>();
  const child = Bun.spawn([process.execPath, main, "start", file, ...ANY_PORT, ...flags], {
    env: { ...process.env, TERM: "xterm", NO_COLOR: "", ...env },
    terminal: {
      cols: 200,
      rows: 50,
      data(_, bytes) {
        shown += Buffer.from(bytes).toString();
        const [, url] = /gateway +(http\S+)[\s\S]*admin +http/.exec(shown) ?? [];
        if (url) started.resolve(url);
      },
    },
  });
  await use(await started.promise);
  child.kill("SIGTERM");
  await child.exited;
  await rm(file, { force: true });
  return shown.slice(shown.indexOf("/metrics)")).split("\r\n").slice(1);
}

const post = (url: string, body: object) =>
  fetch(url + CHAT, { method: "POST", body: JSON.stringify(body) }).then((answer) => answer.text());

test("on a terminal each call is a line: time, status, ms, model, provider, tokens, cost", async () => {
  const shown = await onTerminal(
    async (url) => {
      await post(url, ask("work/lab/echo"));
      await post(url, ask("safe"));
      await post(url, ask("dead/m"));
      await fetch(`${url}/nowhere?key=${KEY}`);
    },
    { env: { NO_COLOR: "1" } },
  );
  const time = String.raw`\d\d:\d\d:\d\d`;
  for (const line of [
    `^${time} 200 +\\d+ ms  lab/echo  work  \\d+\\+\\d+ tokens  0\\.0000\\d+$`,
    `^${time} 200 +\\d+ ms  m  work \\(try 2\\)  \\d+\\+\\d+ tokens  0\\.0000\\d+$`,
    `^${time} 502 +\\d+ ms  m  dead  upstream_connect_failed$`,
    `^${time} 404 +\\d+ ms  GET /nowhere  not_found$`,
    `^${time} warn: dead at 127\\.0\\.0\\.1:9, model m: upstream_connect_failed \\(ECONNREFUSED\\); request [0-9a-f]{32}$`,
    `^${time} notice: stopped$`,
  ]) {
    expect(shown).toContainEqual(expect.stringMatching(new RegExp(line)));
  }
  expect(shown.join("\n")).not.toContain(KEY);
  expect(shown.join("\n")).not.toContain("\x1b");
});

test("`--quiet`: no line for a call; failures are told all the same", async () => {
  const shown = await onTerminal(
    async (url) => {
      await post(url, ask("work/lab/echo"));
      await post(url, ask("dead/m"));
    },
    { flags: ["--quiet"] },
  );
  expect(shown.filter((line) => / ms /.test(line))).toEqual([]);
  expect(shown).toContainEqual(expect.stringContaining("upstream_connect_failed"));
});

test("what clients and vendors write moves no cursor", async () => {
  const path = "/\u009b2J%1b[2J";
  const shown = await onTerminal(
    async (url) => {
      await fetch(url + path);
      await post(url, ask("dead/\u202eevil\u009b31m"));
    },
    { env: { NO_COLOR: "1" } },
  );
  expect(shown.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
