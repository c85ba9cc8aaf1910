import { expect, test } from "bun:test";
import { startAdminServer } from "../../src/admin/admin-server.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";

/** Runs a script in another process while this thread, which is the main thread here, does nothing else. */
function whileBlocked(script: string): string {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], { timeout: 20_000 });
  expect(stderr.toString()).toBe("");
  return stdout.toString().trim();
}

async function startAdmin(staleAfterMs?: number) {
  const admin = await startAdminServer({
    hostname: "127.0.0.1",
    port: 0,
    processState: createProcessState(),
    notReady: () => undefined,
    ...(staleAfterMs !== undefined && { staleAfterMs }),
  });
  const url = `http://127.0.0.1:${admin.port}`;
  return { url, [Symbol.asyncDispose]: () => admin.stop() };
}

test("a process whose main thread is busy is alive", async () => {
  await using admin = await startAdmin();
  const script = `for (const path of ["/livez", "/status"]) {
    const response = await fetch("${admin.url}" + path);
    console.log(response.status, await response.text());
  }`;
  expect(whileBlocked(script)).toBe('200 {"status":"ok"}\n200 {"status":"ok"}');
});

test("one whose main thread has not moved for long is not, until it moves again", async () => {
  await using admin = await startAdmin(300);
  expect((await fetch(`${admin.url}/livez`)).status).toBe(200);
  const script = `let response = await fetch("${admin.url}/livez");
    while (response.status === 200) response = await fetch("${admin.url}/livez");
    console.log(response.status, await response.text());`;
  expect(whileBlocked(script)).toBe(
    '503 {"status":"not alive","reason":"the main thread has not moved"}',
  );
  let status = 503;
  while (status === 503) status = (await fetch(`${admin.url}/livez`)).status;
  expect(status).toBe(200);
});

test("readiness and metrics are the main thread's to tell", async () => {
  await using admin = await startAdmin();
  const [ready, metrics, other] = await Promise.all(
    ["/readyz", "/metrics", "/nothing"].map((path) => fetch(admin.url + path)),
  );
  expect(ready?.status).toBe(200);
  expect(metrics?.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  expect(other?.status).toBe(404);
  expect(await other?.json()).toEqual({
    message:
      "Not found; here are /livez, /status, /readyz, /status/ready, /metrics, /openapi.json, /config, /config/rollback, /config/generations",
  });
  const posted = await fetch(`${admin.url}/livez`, { method: "POST" });
  expect(posted.status).toBe(405);
});
