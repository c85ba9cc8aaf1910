import { readFileSync } from "node:fs";
import { adminAnswers } from "../../admin/admin-answers.ts";
import { sourcesOf } from "../../admin/admin-server.ts";
import { createGateway } from "../../app.ts";
import { environmentCertificate, readEnvironment } from "../../config/environment/environment.ts";
import { sharedCounters } from "../../limits/shared-counters.ts";
import { givenSharedMemory } from "../../limits/shared-memory.ts";
import { countWith } from "../../plugins/open-counters.ts";
import { openProxies, serverCertificates, sharedOptions } from "../listeners.ts";
import { ListenError } from "../listening.ts";
import { processOutput, terminals } from "../operator-output.ts";
import { type Drain, FAILED_DEADLINE_MS, serverState, warnOfOpenRoutes } from "../serve.ts";
import { loadText } from "../source.ts";
import { warmUp } from "../warm-up/warm-up.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";
import { workerGateway } from "./worker-gateway.ts";
import { SHARED_DESCRIPTOR } from "./worker-process.ts";

// The program of one worker: it serves calls on a port that others serve too, and does what its supervisor says.

const tell = (message: FromWorker) => {
  if (process.connected) process.send?.(message);
};

const told = {
  build: Promise.withResolvers<WorkerSetup>(),
  listen: Promise.withResolvers<void>(),
};

/** Of a terminal's Ctrl-C and hang-up all processes hear; what they mean is the supervisor's to say. */
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("message", (message: ToWorker) => {
  if (message.type === "build") told.build.resolve(message);
  if (message.type === "listen") told.listen.resolve();
});
// Nothing was served yet, and nobody will ask for it.
const leaveAtOnce = () => process.exit(0);
process.once("disconnect", leaveAtOnce);
tell({ type: "up" });

const setup = await told.build.promise;
try {
  process.exitCode = await work(setup);
} catch (error) {
  const why = error instanceof ListenError ? error.message : String(error);
  tell({ type: "failed", why });
  process.exitCode = 1;
}
// What is left, such as threads at rest and the channel, would keep the process.
process.exit();

async function work(wanted: WorkerSetup): Promise<number> {
  const { config: origin, proxies: listens, drain, isQuiet, isWarmedUp } = wanted;
  const { settings } = readEnvironment({ env: process.env, readFile });
  const processState = serverState(settings, wanted.workers);
  countWith(processState, sharedCounters(givenSharedMemory(SHARED_DESCRIPTOR), wanted.taker));
  const { operatorLog } = processState;
  const result = loadText(origin.text, origin.name);
  const pair = environmentCertificate(settings, readFile);
  if (!("config" in result) || "problem" in pair) {
    throw new Error(`${origin.name} or what it names has changed and is not usable any more`);
  }
  const first = createGateway(result.config, processState);
  const gateways = workerGateway(first);
  const output = processOutput(terminals(isQuiet), processState);
  const stopping = new AbortController();
  try {
    tell({ type: "built" });
    await told.listen.promise;
    const proxies = await openProxies(
      {
        proxies: listens,
        shared: { ...sharedOptions(settings), onCall: output.onCall, reusePort: true },
        certificates: serverCertificates(result.config, pair.pair),
      },
      { gateway: gateways.current },
    );
    operatorLog.setOutput(output);
    const ended = untilTold(drain, (message) => obey(message));
    tell({ type: "listening" });
    if (wanted.warnsOfOpenRoutes) warnOfOpenRoutes(first);
    const warm = isWarmedUp ? warmUp({ signal: stopping.signal, operatorLog }) : Promise.resolve();
    void warm.then(() => tell({ type: "warm" }));

    const answer = adminAnswers(sourcesOf(processState, () => undefined, true));
    const obey = async (message: ToWorker): Promise<void> => {
      if (message.type === "ask") {
        tell({ type: "answered", id: message.id, ...(await answer(message)) });
      } else if (message.type === "prepare") {
        const { generation, config } = message;
        const why = await gateways.prepare(config);
        tell(
          why === undefined
            ? { type: "prepared", generation }
            : { type: "refused", generation, why },
        );
      } else if (message.type === "commit") gateways.commit();
      else if (message.type === "discard") gateways.discard();
    };

    const end = await ended;
    tell({ type: "leaving" });
    stopping.abort();
    for (const server of proxies) server.startDraining();
    const isBusy = proxies.some(({ inFlight }) => inFlight > 0);
    if (isBusy || end.waitsIdle) await Bun.sleep(end.graceMs);
    await Promise.all(proxies.map((server) => server.stop(end.deadlineMs)));
    await gateways.close();
    return end.failed ? 1 : 0;
  } finally {
    await output.close();
  }
}

interface Ending extends Drain {
  readonly waitsIdle: boolean;
  readonly failed: boolean;
}

/** Resolves with how long calls may take once this worker is to end, however it hears of that. */
function untilTold(own: Drain, obey: (message: ToWorker) => void): Promise<Ending> {
  const byItself = { ...own, waitsIdle: false, failed: false };
  return new Promise((resolve) => {
    process.on("message", (message: ToWorker) => {
      if (message.type === "drain") resolve({ ...message, failed: false });
      else obey(message);
    });
    process.off("disconnect", leaveAtOnce);
    // The supervisor is gone without a word.
    process.once("disconnect", () => resolve(byItself));
    process.on("SIGTERM", () => resolve(byItself));
    const onError = (error: unknown) => {
      console.error("dragoman: an error that nobody caught; this worker ends:", error);
      resolve({ graceMs: 0, deadlineMs: FAILED_DEADLINE_MS, waitsIdle: false, failed: true });
    };
    process.on("uncaughtException", onError);
    process.on("unhandledRejection", onError);
  });
}

function readFile(path: string): string {
  return readFileSync(path, "utf8");
}
