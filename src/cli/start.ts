import { readFileSync } from "node:fs";
import { isLoopback } from "../admin/host-guard.ts";
import { createGateway, type Gateway } from "../app.ts";
import { environmentCertificate, readEnvironment } from "../config/environment/environment.ts";
import { MODEL_ROUTER } from "../config/short/short-form.ts";
import type { OperatorOutput } from "../gateway/call/operator-log.ts";
import { createProcessState } from "../gateway/create-process-state.ts";
import { usableConfig } from "./check.ts";
import { defineCommand, refuseArguments, UsageError } from "./command.ts";
import {
  ADMIN,
  adminListens,
  openListeners,
  PROXY,
  proxyListens,
  serverCertificates,
  sharedOptions,
  type Wanted,
} from "./listeners.ts";
import { processMemoryBytes } from "./memory-limit.ts";
import { processOutput } from "./operator-output.ts";
import { watchFile } from "./reload/file-watch.ts";
import { nextGateway } from "./reload/next-gateway.ts";
import { createConfigReader } from "./reload/read-in-thread.ts";
import { createReloader } from "./reload/reloader.ts";
import { untilStopped } from "./signals.ts";
import {
  chooseSource,
  loadOrigin,
  type OriginText,
  originText,
  problemLine,
  type Source,
} from "./source.ts";
import { warmUp } from "./warm-up/warm-up.ts";
import { welcome } from "./welcome.ts";

export const start = defineCommand({
  name: "start",
  about:
    "Starts the gateway; without a file, with whatever providers the environment has keys for.",
  operands: "[FILE]",
  options: {
    config: {
      type: "string",
      short: "c",
      value: "FILE",
      about: "The configuration; the same as FILE.",
    },
    listen: {
      type: "string",
      value: "HOST:PORT",
      about: `Where calls are taken; ${PROXY} unless set.`,
    },
    admin: {
      type: "string",
      value: "HOST:PORT",
      about: `Where health and metrics are told; ${ADMIN} unless set.`,
    },
    "drain-grace": {
      type: "string",
      value: "S",
      default: "5",
      about: "At SIGTERM: seconds until no new calls are taken.",
    },
    "drain-deadline": {
      type: "string",
      value: "S",
      default: "30",
      about: "Seconds that calls under way may then take.",
    },
    watch: {
      type: "boolean",
      about: "Load the file again whenever it changes; without it a SIGHUP does.",
    },
    "no-warm-up": {
      type: "boolean",
      about: "Be ready at once; without it up to a second of made-up calls comes first.",
    },
    quiet: {
      type: "boolean",
      about:
        "On a terminal: no line for each call. What changes and what fails is told all the same.",
    },
  },
  async run(values, operands) {
    const [file = values.config, ...more] = operands;
    refuseArguments(values.config === undefined ? more : operands);
    const environment = readEnvironment({ env: process.env, readFile });
    if (environment.problems.length > 0) {
      for (const problem of environment.problems) console.error(problemLine(problem));
      if (environment.problems.some(({ severity }) => severity === "error")) return 1;
    }
    const { settings } = environment;
    const processState = createProcessState({
      bodyBytes: Math.floor(processMemoryBytes() * BODIES_SHARE),
      ...(settings.logLevel && { logLevel: settings.logLevel }),
    });
    const { operatorLog } = processState;
    const certificate = environmentCertificate(settings, readFile);
    if ("problem" in certificate) {
      console.error(problemLine(certificate.problem));
      return 1;
    }
    const proxies = proxyListens(values.listen, settings);
    const admins = adminListens(values.admin, settings);
    const drain = {
      graceMs: seconds(values["drain-grace"]) * 1000,
      deadlineMs: seconds(values["drain-deadline"]) * 1000,
    };
    const source = await chooseSource(file, settings);
    const isWatched = values.watch === true;
    if (isWatched && !("file" in source.origin)) {
      throw new UsageError("--watch needs a file: dragoman start FILE --watch");
    }
    const text = originText(source.origin);
    const config = usableConfig(loadOrigin(text), operatorLog);
    if (!config) {
      console.error(`dragoman: ${source.name} has problems; nothing was started`);
      return 1;
    }
    const gateway = createGateway(config, processState);
    const certificates = serverCertificates(gateway.config, certificate.pair);
    const terminals = {
      quiet: values.quiet === true,
      stdoutIsTerminal: process.stdout.isTTY === true,
      stderrIsTerminal: process.stderr.isTTY === true,
      env: process.env,
    };
    const output = processOutput(terminals, processState);
    const shared = { ...sharedOptions(settings), onCall: output.onCall };
    const wanted = { proxies, admins, shared, certificates };
    try {
      const isWarmedUp = values["no-warm-up"] !== true;
      const { adminToken } = settings;
      const served = { first: gateway, source, text, output, isWarmedUp, isWatched, adminToken };
      return await serve(served, wanted, drain);
    } finally {
      await output.close();
      operatorLog.setOutput(undefined);
    }
  },
});

/** What bodies may take of the memory there is: reading and translating one takes up to 2.5 times its bytes. */
const BODIES_SHARE = 0.25;

interface Drain {
  readonly graceMs: number;
  readonly deadlineMs: number;
}

interface Served {
  readonly first: Gateway;
  readonly source: Source;
  /** What was read of it for the first gateway. */
  readonly text: OriginText;
  /** Whether a file that changes is loaded. */
  readonly isWatched: boolean;
  /** Whoever has it may change the configuration over the admin listener. */
  readonly adminToken: string | undefined;
  readonly output: OperatorOutput;
  /** Whether made-up calls come before it is ready. */
  readonly isWarmedUp: boolean;
}

async function serve(
  { first, source, text, output, isWarmedUp, isWatched, adminToken }: Served,
  wanted: Wanted,
  drain: Drain,
): Promise<number> {
  const { processState } = first;
  const { metrics, operatorLog } = processState;
  let gateway = first;
  let notReady = isWarmedUp ? "warming up" : undefined;
  const certificates = JSON.stringify(first.config.certificates);
  const retired = new Set<Promise<void>>();
  const reader = createConfigReader();
  const adopt = async (origin: OriginText, signal: AbortSignal) => {
    const next = await nextGateway(origin, reader, processState, signal);
    if ("refused" in next) return next;
    const { config } = next.gateway;
    if (signal.aborted) await next.gateway.close();
    else {
      if (JSON.stringify(config.certificates) !== certificates) {
        operatorLog.say("warn", "certificates have changed; listeners show them after a restart");
      }
      const leaving = gateway.retire();
      retired.add(leaving);
      void leaving.finally(() => retired.delete(leaving));
      gateway = next.gateway;
    }
    return { warnings: config.warnings };
  };
  const reloader = createReloader({ source, first: text, operatorLog, metrics, adopt });
  const configAccess = { control: reloader, token: adminToken };
  const state = { gateway: () => gateway, notReady: () => notReady, configAccess };
  const listeners = await openListeners(wanted, state).catch(async (error: unknown) => {
    await gateway.close();
    await source.close();
    throw error;
  });
  const { proxies, admins } = listeners;
  const stopped = untilStopped({
    reload: () => reloader.reread("signal"),
    rollBack: () => void reloader.rollBack(undefined),
  });
  console.log(welcome(source, listeners));
  if (proxies.some(({ hostname }) => !isLoopback(hostname))) warnOfOpenRoutes(gateway);
  operatorLog.setOutput(output);
  const { origin } = source;
  const watch =
    isWatched && "file" in origin
      ? watchFile(origin.file, () => reloader.reread("file"))
      : undefined;
  const stopping = new AbortController();
  if (isWarmedUp) {
    void warmUp({ signal: stopping.signal, operatorLog }).then(() => {
      if (!stopping.signal.aborted) notReady = undefined;
    });
  }
  const { graceful, failed } = await stopped;
  stopping.abort();
  notReady = "draining";
  watch?.stop();
  await reloader.stop();
  reader.close();
  const calls = proxies.reduce((sum, { inFlight }) => sum + inFlight, 0);
  operatorLog.tell({
    level: "notice",
    event: "draining",
    sentence: `stopping: ${calls} calls under way have ${drain.deadlineMs / 1000} s to end`,
    facts: { calls },
  });
  for (const server of proxies) server.startDraining();
  if (graceful && proxies.some(({ inFlight }) => inFlight > 0)) await Bun.sleep(drain.graceMs);
  const deadlineMs = failed ? 10_000 : drain.deadlineMs;
  await Promise.all(proxies.map((server) => server.stop(deadlineMs)));
  await Promise.all([...retired, gateway.close()]);
  await source.close();
  await Promise.all(admins.map((admin) => admin.stop()));
  operatorLog.tell({ level: "notice", event: "stopped", sentence: "stopped" });
  return failed ? 1 : 0;
}

function warnOfOpenRoutes({ processState, routes, plugins }: Gateway): void {
  const open = routes.filter((route) => plugins(route).every(({ name }) => name !== "key-auth"));
  const [first] = open;
  if (!first) return;
  // The short form has no routes for its writer, only models.
  const isShort = plugins(first).some(({ name }) => name === MODEL_ROUTER);
  const others = open.length > 1 ? ` and ${open.length - 1} more` : "";
  const what = isShort ? "the models" : `route ${first.name ?? first.id}${others}`;
  const remedy = isShort ? "`keys` say who may" : "key-auth asks for a key";
  processState.operatorLog.say(
    "warn",
    `anyone who reaches this machine can call ${what}; ${remedy}`,
  );
}

function readFile(path: string): string {
  return readFileSync(path, "utf8");
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new UsageError(`'${text}' is no number of seconds`);
  return value;
}
