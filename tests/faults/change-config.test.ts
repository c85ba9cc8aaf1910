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

const TOKEN = "a-token-that-nobody-guesses-0123456789";
const withToken = { env: { DRAGOMAN_ADMIN_TOKEN: TOKEN } };
const at = (path: string) => proxies(openai(lab.url, { path }));

type Gateway = Awaited<ReturnType<typeof startProcess>>;

function admin({ admin: url }: Gateway, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${TOKEN}`, ...init.headers };
  return fetch(url + path, { method: "POST", ...init, headers });
}

const statusAt = async (gateway: Gateway, path: string) =>
  (await gateway.post(ask("lab/echo"), {}, path)).status;

test("a configuration is posted, as YAML or as JSON, and is in force when the answer comes", async () => {
  await using gateway = await startProcess(at("/first"), withToken);
  const yaml = await admin(gateway, "/config", { body: Bun.YAML.stringify(at("/second")) });
  expect([yaml.status, await yaml.json()]).toEqual([201, { generation: 2, problems: [] }]);
  expect(await statusAt(gateway, "/second")).toBe(200);
  expect(await statusAt(gateway, "/first")).toBe(404);
  const json = await admin(gateway, "/config", { body: JSON.stringify(at("/third")) });
  expect(await json.json()).toEqual({ generation: 3, problems: [] });
  expect(await statusAt(gateway, "/third")).toBe(200);
  // As the reference's clients send a file.
  const config = Bun.YAML.stringify(at("/fourth"));
  const wrapped = await admin(gateway, "/config", { body: JSON.stringify({ config }) });
  expect(await wrapped.json()).toEqual({ generation: 4, problems: [] });
  expect(await statusAt(gateway, "/fourth")).toBe(200);
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toContain("dragoman_config_generation 4");
}, 30_000);

test("G10: a bad one changes nothing, and every problem of it is answered with its place", async () => {
  await using gateway = await startProcess(at("/first"), withToken);
  const body = "_format_version: '3.0'\nroutes:\n  - name: r\n    pahts: [/a]\nsevices: []\n";
  const response = await admin(gateway, "/config", { body });
  expect(response.status).toBe(422);
  const { message, problems } = (await response.json()) as {
    message: string;
    problems: readonly { path: string; position: object; hint: string }[];
  };
  expect(message).toBe("(posted) has problems; it was not loaded, and the one in force stays");
  expect(problems.map(({ path, position, hint }) => ({ path, position, hint }))).toMatchObject([
    { path: "routes[0].pahts", position: { file: "(posted)", line: 4, column: 5 } },
    { path: "sevices", position: { file: "(posted)", line: 5, column: 1 } },
  ]);
  expect(problems[0]?.hint).toContain("paths");
  expect(await statusAt(gateway, "/first")).toBe(200);
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toContain("dragoman_config_last_reload_success 0");
  expect(metrics).toContain("dragoman_config_generation 1");
}, 30_000);

test("rolling back leads to the one before, by request and by signal; all are listed, without a secret", async () => {
  const secret = "canary-3f9a";
  const keyed = (path: string) => {
    const config = at(path);
    const consumers = [{ username: "u", keyauth_credentials: [{ key: secret }] }];
    return { ...config, consumers };
  };
  await using gateway = await startProcess(keyed("/first"), withToken);
  for (const path of ["/second", "/third"]) {
    await admin(gateway, "/config", { body: JSON.stringify(keyed(path)) });
  }
  const back = await admin(gateway, "/config/rollback");
  expect(await back.json()).toEqual({ generation: 4, problems: [] });
  expect(await statusAt(gateway, "/second")).toBe(200);
  gateway.child.kill("SIGUSR2");
  await until(gateway.errors, /generation 5, rolled back/);
  expect(await statusAt(gateway, "/first")).toBe(200);
  const none = await admin(gateway, "/config/rollback");
  expect([none.status, await none.json()]).toEqual([
    409,
    { message: "nothing that was in force before is kept; kept are 1, 2, 3, 4, 5" },
  ]);
  const named = await admin(gateway, "/config/rollback", { body: '{"generation":3}' });
  expect(await named.json()).toEqual({ generation: 6, problems: [] });
  expect(await statusAt(gateway, "/third")).toBe(200);
  expect((await admin(gateway, "/config/rollback", { body: '{"generation":"3"}' })).status).toBe(
    400,
  );
  const listed = await admin(gateway, "/config/generations", { method: "GET" });
  const text = await listed.text();
  expect(text).not.toContain(secret);
  expect(JSON.parse(text).generations).toMatchObject([
    { generation: 1, trigger: "start", in_force: false },
    { generation: 2, trigger: "admin", name: "(posted)" },
    { generation: 3, trigger: "admin" },
    { generation: 4, trigger: "rollback", same_as: 2 },
    { generation: 5, trigger: "rollback", same_as: 1 },
    { generation: 6, trigger: "rollback", same_as: 3, in_force: true },
  ]);
}, 30_000);

test("T20: without a token it is closed, to everybody", async () => {
  await using gateway = await startProcess(at("/first"));
  for (const path of ["/config", "/config/rollback", "/config/generations"]) {
    const response = await admin(gateway, path, { body: "{}" });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      message: "Closed; the gateway was started without DRAGOMAN_ADMIN_TOKEN",
    });
  }
}, 30_000);

test("T21: each of its paths needs the token, whole, from somebody who is no page of the web", async () => {
  await using gateway = await startProcess(at("/first"), withToken);
  const missing = "This needs the admin token: Authorization: Bearer …";
  for (const path of ["/config", "/config/rollback", "/config/generations"]) {
    for (const [authorization, message] of [
      ["", missing],
      ["Basic dTpw", missing],
      [`Bearer ${TOKEN}x`, "This is not the admin token"],
      [`Bearer ${TOKEN.slice(1)}`, "This is not the admin token"],
    ] as const) {
      const response = await admin(gateway, path, { headers: { authorization } });
      expect([response.status, await response.json()]).toEqual([401, { message }]);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="dragoman"');
    }
    const fromPage = await admin(gateway, path, { headers: { origin: "https://evil.example" } });
    expect(fromPage.status).toBe(403);
  }
  const get = await admin(gateway, "/config", { method: "GET" });
  expect(get.status).toBe(405);
}, 30_000);

test("a body that is too large, or in parts, is not read", async () => {
  await using gateway = await startProcess(at("/first"), withToken);
  const large = await admin(gateway, "/config", { body: "x".repeat(16 * 1024 * 1024 + 1) });
  expect(large.status).toBe(413);
  const form = new FormData();
  form.set("config", "{}");
  const parts = await admin(gateway, "/config", { body: form });
  expect([parts.status, await parts.json()]).toEqual([
    415,
    { message: "Send the configuration as the body itself: curl --data-binary @FILE" },
  ]);
  expect((await fetch(`${gateway.admin}/livez`)).status).toBe(200);
}, 30_000);

test("--watch: a file that changes is in force within a second or so, and a bad one is not", async () => {
  await using gateway = await startProcess(at("/first"), { flags: [...ANY_PORT, "--watch"] });
  await gateway.rewrite(at("/second"));
  await until(gateway.errors, /generation 2, as the file has changed/);
  expect(await statusAt(gateway, "/second")).toBe(200);
  await gateway.rewrite({ services: [] });
  await until(gateway.errors, /has problems; it was not loaded, and the one in force stays/);
  expect(await statusAt(gateway, "/second")).toBe(200);
}, 30_000);

test("G8: 200 reloads under load: no call fails, and each is served by one generation", async () => {
  await using gateway = await startProcess(at("/ai"), withToken);
  let isOver = false;
  const statuses = new Map<number, number>();
  const caller = async () => {
    while (!isOver) {
      const status = await statusAt(gateway, "/ai");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  for (let times = 1; times <= 200; times += 1) {
    const body = JSON.stringify(at("/ai"));
    const answer = await admin(gateway, "/config", { body });
    expect(await answer.json()).toEqual({ generation: times + 1, problems: [] });
  }
  isOver = true;
  await Promise.all(callers);
  expect([...statuses.keys()]).toEqual([200]);
  expect(statuses.get(200)).toBeGreaterThan(200);
}, 120_000);
