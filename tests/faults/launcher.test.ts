import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies } from "../gateway.ts";
import { ANY_PORT, lines, until } from "../process.ts";

const ROOT = join(import.meta.dirname, "../..");

let lab: Lab;
let folder: string;
let config: string;
beforeAll(async () => {
  lab = await startLab();
  folder = await mkdtemp(join(tmpdir(), "dragoman-test-"));
  config = join(folder, "gateway.json");
  await writeFile(config, JSON.stringify(proxies(openai(lab.url))));
});
afterAll(async () => {
  await lab.stop();
  await rm(folder, { recursive: true });
});

/** As from a terminal: npm runs these tests, and its word would be taken for the gateway's. */
const { npm_lifecycle_event: _, ...PLAIN } = process.env;
/** As npm starts it: then the launcher stays, with every version of Node. */
const BY_NPM = { ...PLAIN, npm_lifecycle_event: "start" };

/** A process that starts a gateway somewhere below it. */
async function launched(command: readonly string[], env: typeof PLAIN = PLAIN) {
  const flags = ["-c", config, ...ANY_PORT, "--drain-grace", "0"];
  const parent = Bun.spawn([...command, ...flags], {
    cwd: ROOT,
    env,
    stdout: "pipe",
    stderr: "ignore",
  });
  const told = lines(parent.stdout);
  const url = await until(told, /gateway +(\S+)/);
  return { parent, told, url };
}

const LAUNCHER = ["node", "bin/dragoman.mjs", "start"];

/** All have the same standard output: it is at its end once the last has ended. */
async function ended(told: AsyncGenerator<string>): Promise<void> {
  for await (const _line of told);
}

const streamed = (url: string) =>
  fetch(`${url}/ai`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(ask("lab/slow-20", { stream: true })),
  });

describe("a gateway ends with what started it", () => {
  test("a launcher that is killed outright: calls under way finish first", async () => {
    const { parent, told, url } = await launched(LAUNCHER, BY_NPM);
    const response = await streamed(url);
    parent.kill("SIGKILL");
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
    await ended(told);
  });

  test("the same from a terminal, where Node may have become the gateway", async () => {
    const { parent, told } = await launched(LAUNCHER);
    parent.kill("SIGKILL");
    await ended(told);
  });

  test("npm that is told to end: calls under way finish first", async () => {
    const { parent, told, url } = await launched(["npm", "start", "--silent", "--"]);
    const response = await streamed(url);
    parent.kill("SIGTERM");
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
    await ended(told);
  });

  // Elsewhere than on Linux the shell in between becomes the launcher, and is no process of its own.
  test.skipIf(process.platform !== "linux")(
    "npm that is killed outright, and whose shell stays: calls under way finish first",
    async () => {
      const { parent, told, url } = await launched(["npm", "start", "--silent", "--"]);
      const response = await streamed(url);
      parent.kill("SIGKILL");
      expect(await response.text()).toEndWith("data: [DONE]\n\n");
      await ended(told);
    },
  );

  test.each([
    ["a terminal", PLAIN],
    ["npm", BY_NPM],
  ])(
    "a launcher from %s that is told to end passes that on, and the exit code back",
    async (_, env) => {
      const { parent, told, url } = await launched(LAUNCHER, env);
      const response = await streamed(url);
      parent.kill("SIGTERM");
      expect(await response.text()).toEndWith("data: [DONE]\n\n");
      await ended(told);
      expect(await parent.exited).toBe(0);
    },
  );
});

test("a gateway without a launcher stays when the shell that started it is gone", async () => {
  const pidFile = join(folder, "pid");
  const shell = `"$0" src/main.ts start "$@" & echo $! > '${pidFile}'`;
  const { parent, told, url } = await launched(["sh", "-c", shell, process.execPath]);
  await parent.exited;
  const response = await streamed(url);
  expect(await response.text()).toEndWith("data: [DONE]\n\n");
  process.kill(Number(await Bun.file(pidFile).text()), "SIGTERM");
  await ended(told);
});
