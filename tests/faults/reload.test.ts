import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies } from "../gateway.ts";
import { ANY_PORT, startProcess, until } from "../process.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

/** Large enough to take its time. */
const many = (prefix: string) => ({
  ...proxies(
    ...Array.from({ length: 3_000 }, (_, index) => openai(lab.url, { path: `/${prefix}${index}` })),
  ),
  plugins: [{ name: "key-auth", config: { anonymous: "anyone" } }],
  consumers: [{ username: "anyone" }],
});

test("SIGHUP: calls go on while thousands of routes are read and built, however often it is sent", async () => {
  await using gateway = await startProcess(many("old"));
  await gateway.rewrite(many("new"));
  const signals = 5;
  for (let times = 0; times < signals; times += 1) gateway.child.kill("SIGHUP");
  let isReloaded = false;
  const reloaded = until(gateway.errors, /configuration reloaded/).then(() => {
    isReloaded = true;
  });
  let answered = 0;
  while (!isReloaded) {
    const { status } = await gateway.post(ask("lab/echo"), {}, "/old2999");
    if (status === 200) answered += 1;
  }
  await reloaded;
  // A loop that reads and builds by itself answers the few calls that came before the signal did.
  expect(answered).toBeGreaterThan(15);
  expect((await gateway.post(ask("lab/echo"), {}, "/new2999")).status).toBe(200);
  expect((await gateway.post(ask("lab/echo"), {}, "/old2999")).status).toBe(404);
}, 60_000);

test("SIGTERM: a reload under way keeps nobody", async () => {
  const flags = [...ANY_PORT, "--drain-grace", "0"];
  await using gateway = await startProcess(many("old"), { flags });
  gateway.child.kill("SIGHUP");
  gateway.child.kill("SIGTERM");
  expect(await gateway.child.exited).toBe(0);
  const told = (await Array.fromAsync(gateway.errors)).join("\n");
  expect(told).not.toMatch(/reloaded|refused|not usable/);
}, 60_000);

test("what is wrong in ten thousand places is told of a hundred, and that there is more", async () => {
  await using gateway = await startProcess(proxies(openai(lab.url)));
  const wrong = Array.from({ length: 10_000 }, (_, index) => ({ name: `r${index}`, pahts: [] }));
  await gateway.rewrite({ _format_version: "3.0", routes: wrong });
  gateway.child.kill("SIGHUP");
  expect(await until(gateway.errors, /and (\d+ more) like this; 'dragoman check' lists/)).toBe(
    "9900 more",
  );
  await until(gateway.errors, /it was not loaded, and the one in force stays/);
  expect((await gateway.post(ask("lab/echo"))).status).toBe(200);
}, 60_000);
