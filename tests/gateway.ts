import { z } from "zod";
import { createGateway } from "../src/app.ts";
import { loadConfig } from "../src/config/load-config.ts";
import type { ProcessState } from "../src/gateway/call/process-state.ts";
import { type Clocks, DEFAULT_CLOCKS } from "../src/gateway/call/upstream.ts";
import { createProcessState } from "../src/gateway/create-process-state.ts";
import { definePlugin, type PluginDefinition } from "../src/plugins/define-plugin.ts";
import { PLUGINS } from "../src/plugins/registry.ts";
import { type ServerOptions, startGatewayServer } from "../src/server/gateway-server.ts";
import { encodeLogRecord, type LogRecord } from "../src/telemetry/log-record.ts";

export interface GatewayOptions {
  readonly clocks?: Partial<Clocks>;
  readonly allowDebugHeader?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly plugins?: readonly PluginDefinition[];
  /** What is to take the place of its own. */
  readonly processState?: Partial<ProcessState>;
  /** What else its listener is told. */
  readonly server?: Partial<ServerOptions>;
}

export type TestGateway = Awaited<ReturnType<typeof startGateway>>;

/**
 * A gateway on a free port, from a configuration as text or as the value it would parse to. Its
 * calls' records are kept as any log plugin sees them.
 */
export async function startGateway(config: string | object, options: GatewayOptions = {}) {
  const log = recordLog();
  const result = loadConfig(
    { text: typeof config === "string" ? config : JSON.stringify(config), file: "test.yaml" },
    {
      env: options.env ?? {},
      plugins: [...PLUGINS, ...(options.plugins ?? []), log.definition],
      readFile: (path) => {
        throw new Error(`no file ${path} in a test`);
      },
    },
  );
  if ("problems" in result) throw new Error(JSON.stringify(result.problems, undefined, 1));
  const instance = {
    id: "test-log",
    name: log.definition.name,
    scope: {},
    options: {},
    definition: log.definition,
    tags: [],
  };
  const gateway = createGateway(
    { ...result.config, plugins: [...result.config.plugins, instance] },
    { ...createProcessState(), ...options.processState },
    { ...DEFAULT_CLOCKS, ...options.clocks },
  );
  const server = startGatewayServer({
    hostname: "127.0.0.1",
    port: 0,
    allowDebugHeader: options.allowDebugHeader ?? false,
    gateway: () => gateway,
    ...options.server,
  });
  const url = `${options.server?.certificates ? "https" : "http"}://127.0.0.1:${server.port}`;
  return {
    url,
    port: server.port,
    server,
    gateway,
    /** All that it has counted, in Prometheus' text format. */
    counted: () => gateway.processState.metrics.text(),
    /** Records of finished calls, oldest first. */
    records: log.records,
    /** The `count`th record, past or to come. */
    record: log.record,
    post(path: string, body: unknown, init: BunFetchRequestInit = {}): Promise<Response> {
      return fetch(`${url}${path}`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
        headers: { "content-type": "application/json", ...plainHeaders(init.headers) },
      });
    },
    async [Symbol.asyncDispose]() {
      await server.stop(0);
      await gateway.close();
    },
  };
}

function plainHeaders(headers: BunFetchRequestInit["headers"]): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

/** A plugin that keeps every record, encoded as log plugins encode it. */
function recordLog() {
  const records: LogRecord[] = [];
  const waiters: { count: number; resolve: (record: LogRecord) => void }[] = [];
  const definition = definePlugin({
    name: "test-log",
    priority: 1,
    about: "Keeps the records of finished calls.",
    options: z.strictObject({}),
    scopes: [],
    create: () => ({
      log(record) {
        const parsed = JSON.parse(encodeLogRecord(record)) as LogRecord;
        records.push(parsed);
        for (const { count, resolve } of waiters) if (count === records.length) resolve(parsed);
      },
    }),
  });
  function record(count = 1): Promise<LogRecord> {
    const past = records[count - 1];
    if (past) return Promise.resolve(past);
    return new Promise((resolve) => waiters.push({ count, resolve }));
  }
  return { definition, records, record };
}

export interface ProxyOptions {
  readonly path?: string;
  readonly [option: string]: unknown;
}

/** One service, and a route with an ai-proxy on it for each of `proxies`. */
export function proxies(...options: readonly ProxyOptions[]): object {
  return {
    _format_version: "3.0",
    services: [
      {
        name: "models",
        url: "http://localhost:1",
        routes: options.map(({ path = "/ai", ...config }, index) => ({
          name: `route-${index}`,
          paths: [path],
          plugins: [{ name: "ai-proxy", config }],
        })),
      },
    ],
  };
}

/** An ai-proxy to the lab's OpenAI with a key, statistics on; `over` replaces top-level members. */
export function openai(labUrl: string, over: ProxyOptions = {}): ProxyOptions {
  const { route_type: routeType = "llm/v1/chat" } = over;
  const operation = routeType === "llm/v1/completions" ? "completions" : "chat/completions";
  return {
    route_type: routeType,
    auth: { header_name: "Authorization", header_value: "Bearer sk-vendor" },
    logging: { log_statistics: true },
    model: { provider: "openai", options: { upstream_url: `${labUrl}/v1/${operation}` } },
    ...over,
  };
}

/** A user's single question. */
export function ask(model: string, more: object = {}) {
  return { model, messages: [{ role: "user", content: "Say hello to the world" }], ...more };
}

/** The `data` of a stream's events, in order. */
export function eventsOf(stream: string): readonly string[] {
  return stream
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice("data: ".length));
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

/** The text of a chat stream's first choice. */
export function textOf(stream: string): string {
  return eventsOf(stream)
    .filter((data) => data !== "[DONE]")
    .map((data) => (JSON.parse(data) as Chunk).choices?.[0]?.delta?.content ?? "")
    .join("");
}
