import { readFileSync } from "node:fs";
import { startAdminServer } from "../admin/admin-server.ts";
import { createGateway, type Gateway } from "../app.ts";
import { readEnvironment } from "../config/environment.ts";
import { startGatewayServer } from "../server/gateway-server.ts";
import { processMetrics } from "../telemetry/gateway-metrics.ts";
import { type Command, readAddress, readArguments, UsageError } from "./command.ts";
import { ListenError, listening } from "./listening.ts";
import { problemLine } from "./read-config.ts";
import { untilStopped } from "./signals.ts";
import { chooseSource, type Source } from "./source.ts";
import { welcome } from "./welcome.ts";

export const start: Command = {
  name: "start",
  about:
    "Starts the gateway; without a file, with whatever providers the environment has keys for.",
  usage:
    "start [-c FILE] [--listen HOST:PORT] [--admin HOST:PORT] [--drain-grace S] [--drain-deadline S]",
  async run(argv) {
    const { values } = readArguments(argv, {
      config: { type: "string", short: "c" },
      listen: { type: "string" },
      admin: { type: "string" },
      "drain-grace": { type: "string", default: "5" },
      "drain-deadline": { type: "string", default: "30" },
    });
    const environment = readEnvironment({
      env: process.env,
      readFile: (path) => readFileSync(path, "utf8"),
    });
    if (environment.problems.length > 0) {
      for (const problem of environment.problems) console.error(problemLine(problem));
      if (environment.problems.some(({ severity }) => severity === "error")) return 1;
    }
    const { settings } = environment;
    const source = await chooseSource(values.config, settings);
    const gateway = load(source);
    if (!gateway) return 1;
    return serve(gateway, source, {
      proxy: address(values.listen, settings.proxyListen?.[0], "127.0.0.1:8000"),
      admin: address(
        values.admin,
        settings.adminListen?.[0] ?? settings.statusListen?.[0],
        "127.0.0.1:8001",
      ),
      allowDebugHeader: settings.allowDebugHeader ?? false,
      drainGraceMs: seconds(values["drain-grace"]) * 1000,
      drainDeadlineMs: seconds(values["drain-deadline"]) * 1000,
    });
  },
};

interface Serving {
  readonly proxy: Address;
  readonly admin: Address;
  readonly allowDebugHeader: boolean;
  readonly drainGraceMs: number;
  readonly drainDeadlineMs: number;
}

interface Address {
  readonly hostname: string;
  readonly port: number;
}

async function serve(first: Gateway, source: Source, serving: Serving): Promise<number> {
  let gateway = first;
  let notReady: string | undefined;
  const listeners = await openListeners(serving, {
    gateway: () => gateway,
    notReady: () => notReady,
  });
  if (!listeners) {
    await gateway.close();
    await source.close();
    return 1;
  }
  const { server, admin } = listeners;
  processMetrics.configGeneration.set(1);
  processMetrics.configLastReloadSuccess.set(1);
  console.log(welcome(source, { proxy: server, admin }));

  const { graceful, failed } = await untilStopped({
    reload() {
      const next = load(source);
      processMetrics.configLastReloadSuccess.set(next ? 1 : 0);
      if (!next)
        return console.error(
          "dragoman: the configuration was not reloaded; the one in force stays",
        );
      const retired = gateway;
      gateway = next;
      processMetrics.configGeneration.add(1);
      console.error("dragoman: configuration reloaded");
      void retired.close();
    },
  });
  notReady = "draining";
  server.startDraining();
  if (graceful && server.inFlight > 0) await Bun.sleep(serving.drainGraceMs);
  await server.stop(failed ? 10_000 : serving.drainDeadlineMs);
  await gateway.close();
  await source.close();
  await admin.stop(true);
  return failed ? 1 : 0;
}

/** Both listeners, or neither and a sentence on why. */
async function openListeners(
  { proxy, admin, allowDebugHeader }: Serving,
  state: { gateway(): Gateway; notReady(): string | undefined },
) {
  let server: ReturnType<typeof startGatewayServer> | undefined;
  try {
    const started = listening({ ...proxy, option: "--listen" }, () =>
      startGatewayServer({ ...proxy, allowDebugHeader, gateway: state.gateway }),
    );
    server = started;
    const adminServer = listening({ ...admin, option: "--admin" }, () =>
      startAdminServer({ ...admin, notReady: state.notReady }),
    );
    return { server: started, admin: adminServer };
  } catch (error) {
    await server?.stop(0);
    if (!(error instanceof ListenError)) throw error;
    console.error(`dragoman: ${error.message}`);
    return undefined;
  }
}

function load(source: Source): Gateway | undefined {
  const result = source.load();
  const problems = "config" in result ? result.config.warnings : result.problems;
  for (const problem of problems) console.error(problemLine(problem));
  if (!("config" in result)) {
    console.error(`dragoman: ${source.name} has problems; nothing was started`);
    return undefined;
  }
  return createGateway(result.config);
}

function address(
  flag: string | undefined,
  setting: { host: string; port: number } | undefined,
  fallback: string,
): Address {
  if (flag !== undefined) return readAddress(flag);
  if (setting) return { hostname: setting.host, port: setting.port };
  return readAddress(fallback);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new UsageError(`'${text}' is no number of seconds`);
  return value;
}
