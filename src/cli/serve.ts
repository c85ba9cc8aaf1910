import { isLoopback } from "../admin/host-guard.ts";
import type { Gateway } from "../app.ts";
import type { EnvironmentSettings } from "../config/environment/environment.ts";
import { MODEL_ROUTER } from "../config/short/short-form.ts";
import type { OperatorOutput } from "../gateway/call/operator-log.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import { createProcessState } from "../gateway/create-process-state.ts";
import { openListeners, type Wanted } from "./listeners.ts";
import { processMemoryBytes } from "./memory-limit.ts";
import { watchFile } from "./reload/file-watch.ts";
import { nextGateway } from "./reload/next-gateway.ts";
import { createConfigReader } from "./reload/read-in-thread.ts";
import { createReloader } from "./reload/reloader.ts";
import { untilStopped } from "./signals.ts";
import type { OriginText, Source } from "./source.ts";
import { warmUp } from "./warm-up/warm-up.ts";
import { welcome } from "./welcome.ts";

/** What bodies may take of the memory there is: reading and translating one takes up to 2.5 times its bytes. */
const BODIES_SHARE = 0.25;

/** What calls share in a process that serves them, one of several that share the machine's memory. */
export function serverState({ logLevel }: EnvironmentSettings, processes: number): ProcessState {
  return createProcessState({
    bodyBytes: Math.floor((processMemoryBytes() * BODIES_SHARE) / processes),
    ...(logLevel && { logLevel }),
  });
}

/** The same for one that serves none itself. */
export function supervisorState({ logLevel }: EnvironmentSettings): ProcessState {
  return createProcessState(logLevel && { logLevel });
}

/** What a process that is told to stop gives to calls, in milliseconds. */
export interface Drain {
  /** From the first word until no new calls are taken. */
  readonly graceMs: number;
  /** From then on, for calls under way. */
  readonly deadlineMs: number;
}

/** How long calls may take in a process that something broke in. */
export const FAILED_DEADLINE_MS = 10_000;

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

/** Serves calls in this process until it is told to stop; resolves with its exit code. */
export async function serve(
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
  const deadlineMs = failed ? FAILED_DEADLINE_MS : drain.deadlineMs;
  await Promise.all(proxies.map((server) => server.stop(deadlineMs)));
  await Promise.all([...retired, gateway.close()]);
  await source.close();
  await Promise.all(admins.map((admin) => admin.stop()));
  operatorLog.tell({ level: "notice", event: "stopped", sentence: "stopped" });
  return failed ? 1 : 0;
}

/** Says so where a route that others can reach asks for no key. */
export function warnOfOpenRoutes({ processState, routes, plugins }: Gateway): void {
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
