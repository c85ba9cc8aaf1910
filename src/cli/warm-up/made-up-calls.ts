import { z } from "zod";
import { createGateway } from "../../app.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { ProcessState } from "../../gateway/call/process-state.ts";
import { createProcessState } from "../../gateway/create-process-state.ts";
import { createSend } from "../../gateway/upstream/send.ts";
import { definePlugin } from "../../plugins/define-plugin.ts";
import { PLUGINS } from "../../plugins/registry.ts";
import { serveCalls } from "../../server/gateway-server.ts";
import { encodeLogRecord } from "../../telemetry/log-record.ts";
import { madeUpVendors } from "./made-up-vendors.ts";

/** Rejects when it is not answered well. */
export type MadeUpCall = () => Promise<void>;

/**
 * Calls through a gateway of their own, which shares nothing with the one that serves: nobody is asked, nothing is
 * counted, and its log is encoded and thrown away.
 */
export function madeUpCalls(): readonly MadeUpCall[] {
  const result = loadConfig(
    { text: JSON.stringify(CONFIG), file: "(made up)" },
    { env: {}, plugins: [...PLUGINS, discardedLog], readFile: noFile },
  );
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const gateway = createGateway(result.config, apartState());
  const { serve } = serveCalls({ allowDebugHeader: false, gateway: () => gateway });
  return ROUTES.flatMap(({ name }) =>
    [false, true].map((stream) => async () => {
      const response = await serve(requestTo(name, stream), NO_LISTENER);
      const text = await response.text();
      if (!text.includes("word 39")) throw new Error(`${response.status} ${text.slice(0, 200)}`);
    }),
  );
}

/** What a process shares, apart from what this one does. */
function apartState(): ProcessState {
  const state = createProcessState();
  const { deadlines, metrics } = state;
  const connections = madeUpVendors();
  return {
    ...state,
    send: createSend({ connections, deadlines, metrics, isProxied: false }),
  };
}

const NO_LISTENER = {
  timeout: () => undefined,
  requestIP: () => ({ address: "127.0.0.1", port: 0, family: "IPv4" as const }),
};

const HOST = "http://made-up.invalid";

/** Passed on as it came, and translated. */
const ROUTES = [
  { name: "same-dialect", provider: "openai", vendor: `${HOST}/chat/completions`, options: {} },
  {
    name: "translated",
    provider: "anthropic",
    vendor: `${HOST}/messages`,
    options: { anthropic_version: "2023-06-01", max_tokens: 512 },
  },
] as const;

const discardedLog = definePlugin({
  name: "discarded-log",
  priority: 1,
  about: "Encodes the records of calls and throws them away.",
  options: z.strictObject({}),
  scopes: [],
  create: () => ({
    log(record) {
      encodeLogRecord(record);
    },
  }),
});

const CONFIG = {
  _format_version: "3.0",
  plugins: [{ name: discardedLog.name }],
  routes: ROUTES.map(({ name, provider, vendor, options }) => ({
    name,
    paths: [`/${name}`],
    plugins: [
      {
        name: "ai-proxy",
        config: {
          route_type: "llm/v1/chat",
          auth: { header_name: "authorization", header_value: "Bearer made-up" },
          model: { provider, name: "made-up", options: { ...options, upstream_url: vendor } },
          logging: { log_statistics: true },
        },
      },
    ],
  })),
};

function requestTo(route: string, stream: boolean): Request {
  const said = 'Say forty words, each "said".\n'.repeat(40);
  const body = JSON.stringify({
    messages: [
      { role: "system", content: "Answer in one short sentence." },
      { role: "user", content: said },
    ],
    temperature: 0.2,
    ...(stream && { stream }),
  });
  return new Request(`${HOST}/${route}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "content-length": String(body.length),
      host: "made-up.invalid",
    },
    body,
  });
}

function noFile(path: string): never {
  throw new Error(`made-up calls read no file, and ${path} was asked for`);
}
