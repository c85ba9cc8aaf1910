import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { FAULT_MODELS } from "../../src/lab/models.ts";
import { ask, eventsOf, openai, proxies } from "../gateway.ts";
import { ANY_PORT, startProcess, until } from "../process.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

const withService = () => ({
  ...proxies(openai(lab.url)),
  services: [
    ...(proxies(openai(lab.url)) as { services: object[] }).services,
    { name: "plain", url: lab.url, routes: [{ name: "plain", paths: ["/plain"] }] },
  ],
});

test("no fault of an upstream or a client ends the process", async () => {
  await using gateway = await startProcess(withService());
  const silent = /stall|pings|endless/;
  const large = /bomb|huge|many-events/;
  const faults = Object.keys(FAULT_MODELS).filter((fault) => !large.test(fault));
  const calls = faults.flatMap((fault) =>
    [false, true].flatMap((stream) =>
      ["/ai", "/plain/v1/chat/completions"].map(async (path) => {
        const control = new AbortController();
        const model = `lab/${fault}`;
        const asked = gateway.post(ask(model, { stream }), { signal: control.signal }, path);
        if (silent.test(fault)) {
          await lab.waitForRequest(({ body }) => body.includes(`"${model}"`));
          control.abort();
        }
        const response = await asked.catch(() => undefined);
        await response?.arrayBuffer().catch(() => undefined);
      }),
    ),
  );
  await Promise.all(calls);
  const response = await gateway.post(ask("lab/echo"));
  expect(response.status).toBe(200);
  expect((await fetch(`${gateway.admin}/readyz`)).status).toBe(200);
  expect(gateway.child.exitCode).toBeNull();
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toMatch(/requests_in_flight\S* 0\n/);
  expect(metrics).toContain("dragoman_request_body_bytes_in_flight 0\n");
  expect(metrics).toMatch(/dragoman_request_body_bytes_limit [1-9]/);
  gateway.child.kill("SIGTERM");
  // Each fault is told in a line of the gateway's own; a stack trace may hold a URL's secrets.
  for (const line of await Array.fromAsync(gateway.errors)) {
    expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(?:notice|warn)$/) });
  }
}, 30_000);

test("warming up: calls are served meanwhile, and it is ready once made-up calls have left no trace", async () => {
  lab.reset();
  const flags = ANY_PORT.filter((flag) => flag !== "--no-warm-up");
  const counting = { name: "prometheus", config: { status_code_metrics: true } };
  const config = { ...proxies(openai(lab.url)), plugins: [counting] };
  await using gateway = await startProcess(config, { flags });
  expect((await gateway.post(ask("lab/echo"))).status).toBe(200);
  for (let response = await readiness(); response.status !== 200; response = await readiness()) {
    expect(await response.json()).toEqual({ status: "not ready", reason: "warming up" });
  }
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  const counted = [...metrics.matchAll(/^kong_http_requests_total\{.* (\d+)$/gm)].map(([, n]) => n);
  expect(counted).toEqual(["1"]);
  expect(lab.requests).toHaveLength(1);
  gateway.child.kill("SIGTERM");
  expect((await Array.fromAsync(gateway.errors)).join("\n")).not.toContain("warm up");

  function readiness() {
    return fetch(`${gateway.admin}/readyz`);
  }
});

test("SIGTERM: not ready at once, streams finish, exit 0", async () => {
  await using gateway = await startProcess(proxies(openai(lab.url)), {
    flags: [...ANY_PORT, "--drain-grace", "0"],
  });
  const response = await gateway.post(ask("lab/slow-20", { stream: true }));
  gateway.child.kill("SIGTERM");
  const body = response.text();
  while ((await fetch(`${gateway.admin}/readyz`)).status === 200);
  expect(await body).toEndWith("data: [DONE]\n\n");
  expect(await gateway.child.exited).toBe(0);
});

test("SIGTERM: what is not done at the deadline is told so, exit 0", async () => {
  lab.reset();
  const flags = [...ANY_PORT, "--drain-grace", "0", "--drain-deadline", "0.1"];
  await using gateway = await startProcess(proxies(openai(lab.url)), { flags });
  const response = await gateway.post(ask("lab/stall-mid-stream", { stream: true }));
  gateway.child.kill("SIGTERM");
  const events = eventsOf(await response.text());
  expect(events.some((data) => data.includes("the gateway is shutting down"))).toBe(true);
  expect(await gateway.child.exited).toBe(0);
  expect(await lab.requests[0]?.outcome).toBe("client-left");
});

test("SIGHUP: streams go on, new calls get the new configuration, a bad one changes nothing", async () => {
  await using gateway = await startProcess(proxies(openai(lab.url)));
  const response = await gateway.post(ask("lab/slow-20", { stream: true }));
  await gateway.rewrite(proxies(openai(lab.url, { path: "/new" })));
  gateway.child.kill("SIGHUP");
  await until(gateway.errors, /configuration reloaded/);
  expect((await gateway.post(ask("lab/echo"), {}, "/new")).status).toBe(200);
  expect((await gateway.post(ask("lab/echo"), {}, "/ai")).status).toBe(404);
  await gateway.rewrite({ _format_version: "3.0", plugins: [{ name: "nonsense" }] });
  gateway.child.kill("SIGHUP");
  await until(gateway.errors, /it was not loaded, and the one in force stays/);
  expect((await gateway.post(ask("lab/echo"), {}, "/new")).status).toBe(200);
  expect(await response.text()).toEndWith("data: [DONE]\n\n");
});

test("SIGHUP: no configuration that cannot be had or built ends the process", async () => {
  await using gateway = await startProcess(proxies(openai(lab.url)));
  const refused = async () => {
    gateway.child.kill("SIGHUP");
    await until(
      gateway.errors,
      /"event":"config_refused",.*; (it was not loaded, and the one in force stays)/,
    );
    expect((await gateway.post(ask("lab/echo"))).status).toBe(200);
    const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
    expect(metrics).toMatch(/config_last_reload_success 0\n/);
  };
  const route = { name: "odd", paths: ["/odd"], headers: { "x-a": ["~*("] } };
  await gateway.rewrite({ _format_version: "3.0", routes: [route] });
  await refused();
  await gateway.removeFile();
  await refused();
  await gateway.rewrite(proxies(openai(lab.url, { path: "/new" })));
  gateway.child.kill("SIGHUP");
  await until(gateway.errors, /configuration reloaded/);
  expect((await gateway.post(ask("lab/echo"), {}, "/new")).status).toBe(200);
});

test("SIGHUP: a call that began before is logged as it was configured", async () => {
  const log = { name: "file-log", config: { path: "/dev/stderr" } };
  await using gateway = await startProcess({ ...proxies(openai(lab.url)), plugins: [log] });
  const client = new AbortController();
  const { signal } = client;
  const response = await gateway.post(ask("lab/stall-mid-stream", { stream: true }), { signal });
  await gateway.rewrite(proxies(openai(lab.url)));
  gateway.child.kill("SIGHUP");
  await until(gateway.errors, /configuration reloaded/);
  // An answer that nobody holds any more would be left when the collector runs, before the reload.
  expect(response.status).toBe(200);
  client.abort();
  expect(await until(gateway.errors, /"uri":"([^"]*)"/)).toBe("/ai");
});
