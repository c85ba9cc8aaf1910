import { join } from "node:path";
import { type Child, freePort, scratch, startChild, untilListening } from "./children.ts";
import { processTree } from "./cpu.ts";
import { nginxCommand } from "./nginx.ts";
import type { Provider } from "./scenarios.ts";
import type { SubjectName } from "./subject-names.ts";
import { installPortkey } from "./tools.ts";

/** A gateway in front of the upstream, alone on its core. */
export interface Subject {
  readonly name: SubjectName;
  readonly url: string;
  /** What its clients must send beside the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** The processes that do the work. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

interface Launch {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The first process only starts the one that serves. */
  readonly hasLauncher?: boolean;
}

export async function startSubject(
  name: SubjectName,
  provider: Provider,
  upstreamPort: number,
  core: number,
  beforeRoot: string,
): Promise<Subject> {
  const port = freePort();
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const launch: Launch = await launches[name](port, upstream, provider, beforeRoot);
  const { argv, env = {}, headers = {}, hasLauncher = false } = launch;
  const child = startChild({ name, core, argv, env });
  await untilListening(child, port, 20_000).catch(async (error: unknown) => {
    await child.stop();
    throw error;
  });
  return {
    name,
    url: `http://127.0.0.1:${port}/v1/chat/completions`,
    headers: { "content-type": "application/json", authorization: "Bearer sk-bench", ...headers },
    pids: () => servingPids(child, hasLauncher),
    stop: child.stop,
  };
}

function servingPids(child: Child, hasLauncher: boolean): readonly number[] {
  const tree = processTree(child.pid);
  return hasLauncher ? tree.slice(1) : tree;
}

const launches = {
  nginx: (port, upstream) => ({ argv: nginxCommand("subject-nginx", proxyPass(port, upstream)) }),
  "bare-bun": (port, upstream) => ({
    argv: [process.execPath, join(import.meta.dir, "bare-proxy.ts")],
    env: {
      BENCH_PORT: String(port),
      BENCH_UPSTREAM: upstream,
      BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
    },
  }),
  before: (port, upstream, provider, root) => gateway(fileOf(provider), port, upstream, root),
  dragoman: (port, upstream, provider) => gateway(fileOf(provider), port, upstream),
  "before-balanced": (port, upstream, _, root) =>
    gateway("dragoman-balanced.yaml", port, upstream, root),
  "dragoman-balanced": (port, upstream) => gateway("dragoman-balanced.yaml", port, upstream),
  "before-prompts": (port, upstream, _, root) =>
    gateway("dragoman-prompts.yaml", port, upstream, root),
  "dragoman-prompts": (port, upstream) => gateway("dragoman-prompts.yaml", port, upstream),
  "dragoman-cached": (port, upstream) => gateway("dragoman-cached.yaml", port, upstream),
  "dragoman-cached-by-meaning": (port, upstream) =>
    gateway("dragoman-cached-by-meaning.yaml", port, upstream),
  "dragoman-limited": (port, upstream) => gateway("dragoman-limited.yaml", port, upstream),
  portkey: async (port, upstream, provider) => ({
    argv: ["node", await installPortkey(), `--port=${port}`, "--headless"],
    env: { NODE_ENV: "production" },
    headers: { "x-portkey-provider": provider, "x-portkey-custom-host": `${upstream}/v1` },
  }),
} satisfies Record<
  SubjectName,
  (
    port: number,
    upstream: string,
    provider: Provider,
    beforeRoot: string,
  ) => Launch | Promise<Launch>
>;

function fileOf(provider: Provider): string {
  return provider === "openai" ? "dragoman.yaml" : `dragoman-${provider}.yaml`;
}

const ownRoot = join(import.meta.dir, "..");

/** The code of another checkout reads the same configuration. */
function gateway(file: string, port: number, upstream: string, root = ownRoot): Launch {
  return {
    argv: [
      "node",
      join(root, "bin", "dragoman.mjs"),
      "start",
      "-c",
      join(import.meta.dir, file),
      "--listen",
      `127.0.0.1:${port}`,
      "--admin",
      `127.0.0.1:${freePort()}`,
    ],
    env: { DECK_BENCH_UPSTREAM: upstream, DECK_BENCH_LOG: join(scratch, `${port}.log`) },
    hasLauncher: true,
  };
}

function proxyPass(port: number, upstream: string): string {
  return `  upstream provider { server ${upstream.replace("http://", "")}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer sk-bench";
      proxy_buffering off;
    }
  }`;
}
