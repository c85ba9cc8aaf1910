import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies } from "../gateway.ts";
import { ANY_PORT, childrenOf, isRunning, startProcess, until } from "../process.ts";
import { callAgainAndAgain } from "./keep-alive-caller.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

const TWO = [...ANY_PORT, "--workers", "2", "--drain-grace", "0"];

type Process = Awaited<ReturnType<typeof startProcess>>;

const started = (config: object = proxies(openai(lab.url))) => startProcess(config, { flags: TWO });

/** Each call on a connection of its own, so that the system chooses a worker for each. */
async function statuses({ post }: Process, calls: number, path = "/ai"): Promise<Set<number>> {
  const asked = Array.from({ length: calls }, async () => {
    const response = await post(ask("lab/echo"), { keepalive: false }, path);
    await response.arrayBuffer();
    return response.status;
  });
  return new Set(await Promise.all(asked));
}

async function readiness({ admin }: Process): Promise<unknown> {
  return await (await fetch(`${admin}/readyz`)).json();
}

async function figure({ admin }: Process, series: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

async function come(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await Bun.sleep(5);
}

describe.skipIf(process.platform !== "linux")("two workers behind one port", () => {
  test("answer both, and are counted as one", async () => {
    await using gateway = await started();
    const workers = childrenOf(gateway.child.pid);
    expect(workers).toHaveLength(2);
    expect(await readiness(gateway)).toEqual({ status: "ok" });
    expect(await statuses(gateway, 40)).toEqual(new Set([200]));
    expect(await figure(gateway, 'dragoman_requests_total{code="200"}')).toBe(40);
    const idle = workers.map((pid) => process.kill(pid, "SIGSTOP"));
    expect(idle).toEqual([true, true]);
    const [first = 0, second = 0] = workers;
    for (const [going, standing] of [
      [first, second],
      [second, first],
    ] as const) {
      process.kill(going, "SIGCONT");
      process.kill(standing, "SIGSTOP");
      const asked = Array.from({ length: 20 }, () =>
        gateway.post(ask("lab/echo"), { keepalive: false }).then(({ status }) => status),
      );
      expect(await Promise.any(asked)).toBe(200);
      process.kill(standing, "SIGCONT");
      expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
    }
  });

  test("may be asked for in the file, and the flag wins", async () => {
    const config = { providers: { openai: "sk-test" }, workers: 2 };
    await using gateway = await startProcess(config);
    expect(childrenOf(gateway.child.pid)).toHaveLength(2);
    await using alone = await startProcess(config, { flags: [...ANY_PORT, "--workers", "1"] });
    expect(childrenOf(alone.child.pid)).toHaveLength(0);
  });

  test("one that is killed is back, and what it had counted stays counted", async () => {
    await using gateway = await started();
    await statuses(gateway, 20);
    expect(await figure(gateway, 'dragoman_requests_total{code="200"}')).toBe(20);
    const [killed = 0, other] = childrenOf(gateway.child.pid);
    process.kill(killed, "SIGKILL");
    await until(gateway.errors, /(worker_ended)/);
    expect(await readiness(gateway)).toEqual({
      status: "degraded",
      reason: "1 of 2 workers serve",
    });
    // The other has the port to itself.
    expect(await statuses(gateway, 10)).toEqual(new Set([200]));
    await come(async () => Bun.deepEquals(await readiness(gateway), { status: "ok" }));
    const workers = childrenOf(gateway.child.pid);
    expect(workers).toHaveLength(2);
    expect(workers).toContain(other ?? 0);
    expect(await figure(gateway, 'dragoman_requests_total{code="200"}')).toBe(30);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "end with what started them: %s; calls under way finish first",
    async (signal) => {
      await using gateway = await started();
      const workers = childrenOf(gateway.child.pid);
      const streams = await Promise.all(
        Array.from({ length: 8 }, () =>
          gateway.post(ask("lab/slow-10", { stream: true }), { keepalive: false }),
        ),
      );
      gateway.child.kill(signal);
      for (const stream of streams) expect(await stream.text()).toEndWith("data: [DONE]\n\n");
      await come(() => !workers.some(isRunning));
      if (signal === "SIGTERM") expect(await gateway.child.exited).toBe(0);
    },
  );

  test("forget what either of them has kept of answers", async () => {
    await using gateway = await started({
      providers: { here: { type: "vllm", url: `${lab.url}/v1` } },
      models: { fast: { use: "here/echo", cache: "semantic" } },
    });
    const misses = async () => {
      let count = 0;
      for (let call = 0; call < 40; call += 1) {
        const body = { ...ask("fast"), model: "fast" };
        const response = await gateway.post(body, { keepalive: false }, "/v1/chat/completions");
        await response.arrayBuffer();
        if (response.headers.get("x-cache-status") === "Miss") count += 1;
      }
      return count;
    };
    expect(await misses()).toBe(2);
    expect(await misses()).toBe(0);
    const forgotten = await fetch(`${gateway.admin}/ai-semantic-cache`, { method: "DELETE" });
    expect(forgotten.status).toBe(204);
    expect(await misses()).toBe(2);
  });

  test("end at once at a second signal", async () => {
    await using gateway = await started();
    const workers = childrenOf(gateway.child.pid);
    const stream = await gateway.post(ask("lab/stall-mid-stream", { stream: true }));
    gateway.child.kill("SIGINT");
    await until(gateway.errors, /("draining")/);
    // Closer together two signals are one.
    await Bun.sleep(350);
    gateway.child.kill("SIGINT");
    expect(await gateway.child.exited).toBe(130);
    await come(() => !workers.some(isRunning));
    await stream.text().catch(() => undefined);
  });
});

describe.skipIf(process.platform !== "linux")("the configuration of two workers", () => {
  const at = (path: string) => proxies(openai(lab.url, { path }));

  test("is taken by both, or by none", async () => {
    await using gateway = await started(at("/old"));
    await gateway.rewrite(at("/new"));
    gateway.child.kill("SIGHUP");
    await until(gateway.errors, /(configuration reloaded)/);
    expect(await statuses(gateway, 20, "/new")).toEqual(new Set([200]));
    expect(await statuses(gateway, 20, "/old")).toEqual(new Set([404]));
    expect(await figure(gateway, "dragoman_config_generation")).toBe(2);

    await gateway.rewrite({ providers: 1 });
    gateway.child.kill("SIGHUP");
    await until(gateway.errors, /(the one in force stays)/);
    expect(await statuses(gateway, 20, "/new")).toEqual(new Set([200]));
    expect(await figure(gateway, "dragoman_config_last_reload_success")).toBe(0);
    expect(await figure(gateway, "dragoman_config_generation")).toBe(2);
  });

  test("is that of all for a worker that starts later, whatever the file says by then", async () => {
    await using gateway = await started(at("/old"));
    await gateway.rewrite(at("/unread"));
    for (const pid of childrenOf(gateway.child.pid)) process.kill(pid, "SIGKILL");
    await until(gateway.errors, /(worker_ended)/);
    await until(gateway.errors, /(worker_ended)/);
    await come(async () => Bun.deepEquals(await readiness(gateway), { status: "ok" }));
    expect(await statuses(gateway, 20, "/old")).toEqual(new Set([200]));
  });
});

describe.skipIf(process.platform !== "linux")("a limit of two workers", () => {
  const limited = (minute: number) => ({
    ...proxies(openai(lab.url)),
    plugins: [{ name: "rate-limiting", config: { minute, policy: "local" } }],
  });

  test("holds for both together, exactly, and outlives either", async () => {
    await using gateway = await started(limited(15));
    await withinAMinute();
    const answered = await Promise.all(
      Array.from({ length: 40 }, () =>
        gateway.post(ask("lab/echo"), { keepalive: false }).then(({ status }) => status),
      ),
    );
    expect(answered.filter((status) => status === 200)).toHaveLength(15);
    expect(answered.filter((status) => status === 429)).toHaveLength(25);
    for (const pid of childrenOf(gateway.child.pid)) process.kill(pid, "SIGKILL");
    await until(gateway.errors, /(worker_ended)/);
    await until(gateway.errors, /(worker_ended)/);
    await come(async () => Bun.deepEquals(await readiness(gateway), { status: "ok" }));
    expect(await statuses(gateway, 10)).toEqual(new Set([429]));
  });
});

describe.skipIf(process.platform !== "linux")(
  "workers that are replaced one after the other",
  () => {
    test("fail no call of connections that are kept, and connections move to the new ones", async () => {
      await using gateway = await started();
      const before = childrenOf(gateway.child.pid);
      const port = Number(new URL(gateway.url).port);
      const stopping = new AbortController();
      const callers = Array.from({ length: 16 }, () =>
        callAgainAndAgain(port, REQUEST, stopping.signal),
      );
      gateway.child.kill("SIGUSR1");
      await come(() => {
        const now = childrenOf(gateway.child.pid);
        return now.length === 2 && !now.some((pid) => before.includes(pid));
      });
      stopping.abort();
      const outcomes = (await Promise.all(callers)).flat();
      expect(new Set(outcomes)).toEqual(new Set([200]));
      expect(await readiness(gateway)).toEqual({ status: "ok" });
    }, 60_000);
  },
);

const BODY = JSON.stringify(ask("lab/echo"));
const REQUEST = `POST /ai HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** What is counted from now on is counted in one window: not so shortly before its end. */
async function withinAMinute(): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 15_000) await Bun.sleep(leftMs);
}
