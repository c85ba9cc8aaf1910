/**
 * `npm run bench:memory -- [--streams N] [--bodies N] [--body-mb N]`: what the gateway holds at its peak for large
 * bodies that come at once, and for streams that are open at once with an event a second on each. JSON on stdout.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type Child,
  cleanUpAtExit,
  freePort,
  scratch,
  startChild,
  untilListening,
} from "./children.ts";
import { processTree } from "./cpu.ts";

const MB = 1_000_000;
const LOAD_CORE = 0;
const GATEWAY_CORE = 1;
/** So many connections are opened before the next. */
const STREAMS_AT_ONCE = 200;
const HELD_MS = 5_000;

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "9800" },
    bodies: { type: "string", default: "40" },
    "body-mb": { type: "string", default: "28" },
  },
});
cleanUpAtExit();
const rows = [];
for (const provider of ["openai", "anthropic"] as const) rows.push(await bodies(provider));
rows.push(await streams());
console.log(JSON.stringify(rows, undefined, 2));
process.exit(0);

async function bodies(provider: "openai" | "anthropic") {
  const count = Number(values.bodies);
  const text = "One line of a long text, with the end that lines have.\n";
  const content = text.repeat(Math.ceil((Number(values["body-mb"]) * MB) / (text.length + 1)));
  const body = JSON.stringify({ max_tokens: 64, messages: [{ role: "user", content }] });
  const { url, gateway, stop } = await start(provider);
  const restMib = residentMib(gateway, "VmRSS");
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: count }, () => ask(url, body)));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const peakMib = residentMib(gateway, "VmHWM");
  await stop();
  const bodiesMib = (count * body.length) / 2 ** 20;
  return {
    row: `${count} bodies of ${values["body-mb"]} MB at once, ${provider}`,
    restMib,
    peakMib,
    timesTheBytes: (peakMib - restMib) / bodiesMib,
    seconds,
  };
}

async function ask(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text.slice(0, 200)}`);
}

async function streams() {
  const count = Number(values.streams);
  const { url, gateway, stop } = await start("openai");
  const restMib = residentMib(gateway, "VmRSS");
  const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: "Go on." }] });
  for (let open = 0; open < count; open += STREAMS_AT_ONCE) {
    const more = Math.min(STREAMS_AT_ONCE, count - open);
    await Promise.all(Array.from({ length: more }, () => openStream(url, body)));
  }
  await Bun.sleep(HELD_MS);
  const heldMib = residentMib(gateway, "VmRSS");
  const peakMib = residentMib(gateway, "VmHWM");
  await stop();
  return { row: `${count} streams, an event a second on each`, restMib, heldMib, peakMib };
}

/** Resolves with the first events; what follows is taken and forgotten. */
async function openStream(address: string, body: string): Promise<void> {
  const { hostname, port, host, pathname } = new URL(address);
  const begun = Promise.withResolvers<void>();
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => {
        socket.write(
          `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
      },
      data: (_socket, bytes) => {
        if (bytes.includes("data: ")) begun.resolve();
        else if (!bytes.toString("latin1", 0, 12).endsWith("200")) {
          begun.reject(new Error(bytes.toString("utf8", 0, 200)));
        }
      },
      close: () => begun.reject(new Error("a stream ended before it began")),
    },
  });
  await begun.promise;
}

async function start(provider: "openai" | "anthropic") {
  const [port, upstreamPort] = [freePort(), freePort()];
  const upstream = startChild({
    name: "paced-upstream",
    core: LOAD_CORE,
    argv: [process.execPath, join(import.meta.dir, "paced-upstream.ts")],
    env: { BENCH_PORT: String(upstreamPort), BENCH_PROVIDER: provider },
  });
  const file = join(scratch, `${provider}.json`);
  writeFileSync(file, JSON.stringify(config(provider, `http://127.0.0.1:${upstreamPort}`)));
  const gateway = startChild({
    name: "gateway",
    core: GATEWAY_CORE,
    argv: [
      "node",
      join(import.meta.dir, "../bin/dragoman.mjs"),
      ...["start", "-c", file],
      ...["--listen", `127.0.0.1:${port}`, "--admin", "127.0.0.1:0"],
    ],
  });
  await untilListening(gateway, port, 10_000);
  // It makes up calls to itself first.
  await Bun.sleep(2_000);
  return {
    url: `http://127.0.0.1:${port}/v1/chat/completions`,
    gateway,
    async stop() {
      await gateway.stop();
      await upstream.stop();
    },
  };
}

/** One route, with statistics and a record of each call that is written nowhere. */
function config(provider: "openai" | "anthropic", upstream: string): object {
  const own = provider === "openai" ? {} : { anthropic_version: "2023-06-01", max_tokens: 64 };
  const proxy = {
    route_type: "llm/v1/chat",
    max_request_body_size: 32 * 2 ** 20,
    auth: { header_name: "authorization", header_value: "Bearer sk-bench" },
    model: { provider, name: "measured", options: { ...own, upstream_url: `${upstream}/v1` } },
    logging: { log_statistics: true },
  };
  return {
    _format_version: "3.0",
    routes: [{ paths: ["/v1/chat/completions"], plugins: [{ name: "ai-proxy", config: proxy }] }],
    plugins: [{ name: "file-log", config: { path: "/dev/null" } }],
  };
}

/** Of the gateway without the launcher, which may stay beside it. */
function residentMib({ pid }: Child, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${processTree(pid).at(-1)}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
}
