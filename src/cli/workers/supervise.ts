import { type AdminAnswerer, adminAnswers } from "../../admin/admin-answers.ts";
import { isLoopback } from "../../admin/host-guard.ts";
import type { Listen } from "../../config/environment/parse-setting.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import type { ProcessState } from "../../gateway/call/process-state.ts";
import { sharedSweeper } from "../../limits/shared-counters.ts";
import { createSharedMemory } from "../../limits/shared-memory.ts";
import { usableConfig } from "../check.ts";
import { type Address, addressOf, openAdmins } from "../listeners.ts";
import { ListenError } from "../listening.ts";
import type { ProcessOutput } from "../operator-output.ts";
import { watchFile } from "../reload/file-watch.ts";
import { createReloader } from "../reload/reloader.ts";
import { type Drain, FAILED_DEADLINE_MS } from "../serve.ts";
import { untilStopped } from "../signals.ts";
import { loadOrigin, type OriginText, type Source } from "../source.ts";
import { welcome } from "../welcome.ts";
import { lockAddresses } from "./address-lock.ts";
import { groupMetrics, keptAnswers } from "./whole.ts";
import { startWorkers, type WorkerGroup } from "./worker-group.ts";

export interface Plan {
  readonly source: Source;
  /** What the source says, and was found to be usable. */
  readonly text: OriginText;
  readonly proxies: readonly Listen[];
  readonly admins: readonly Listen[];
  readonly workers: number;
  readonly drain: Drain;
  readonly isWarmedUp: boolean;
  readonly isQuiet: boolean;
  /** Whether a file that changes is loaded. */
  readonly isWatched: boolean;
  /** Whoever has it may change the configuration over the admin listener. */
  readonly adminToken: string | undefined;
}

/** How often is let go of what counts no more. */
const SWEEP_MS = 10_000;

interface Own {
  /** Of the supervisor itself, which serves no calls. */
  readonly processState: ProcessState;
  readonly output: ProcessOutput;
}

/**
 * Has calls served by several processes behind one port until it is told to stop; resolves with the exit code. This
 * one serves none: it keeps the workers running, gives all of them the same configuration, and tells of the whole.
 */
export async function supervise(plan: Plan, { processState, output }: Own): Promise<number> {
  const { source, drain, isWarmedUp, isQuiet } = plan;
  const { metrics, operatorLog } = processState;
  const locks = await lockAddresses(plan.proxies).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  const proxies = locks.listens;
  let isDraining = false;
  const setup = {
    config: plan.text,
    proxies,
    workers: plan.workers,
    drain,
    isWarmedUp,
    isQuiet,
    warnsOfOpenRoutes: proxies.some((listen) => !isLoopback(addressOf(listen).hostname)),
  };
  const counted = groupMetrics(metrics.text);
  const shared = createSharedMemory();
  const sweep = sharedSweeper(shared.words);
  const sweeping = setInterval(() => sweep(Date.now()), SWEEP_MS);
  const group = startWorkers({ setup, shared, operatorLog, onGone: counted.gone });
  const reloader = createReloader({
    source,
    first: plan.text,
    operatorLog,
    metrics,
    adopt: (origin) => adopt(origin, group, operatorLog),
  });
  const answerAt = ({ hostname }: Address): AdminAnswerer =>
    adminAnswers({
      operatorLog,
      notReady: () => (isDraining ? "draining" : notReady(group)),
      degraded: () => degraded(group),
      config: reloader,
      metrics: () => counted.text(group.alive),
      answerStores: isLoopback(hostname)
        ? (question) => keptAnswers(group.serving, question)
        : undefined,
    });
  const listening = await Promise.all([
    openAdmins(plan.admins, { operatorLog, token: plan.adminToken, answerAt }),
    group.started,
  ]).catch(async (error: unknown) => {
    await group.stop({ graceMs: 0, deadlineMs: 0 });
    clearInterval(sweeping);
    shared.close();
    locks.release();
    await source.close();
    throw error instanceof ListenError ? error : new ListenError(String(error));
  });
  const [admins] = listening;

  process.on("SIGUSR1", () => void group.roll(drain));
  const stopped = untilStopped({
    reload: () => reloader.reread("signal"),
    rollBack: () => void reloader.rollBack(undefined),
  });
  const shown = proxies.map((listen) => ({ ...addressOf(listen), tls: listen.tls }));
  console.log(welcome(source, { proxies: shown, admins, workers: plan.workers }));
  operatorLog.setOutput(output);
  const { origin } = source;
  const watch =
    plan.isWatched && "file" in origin
      ? watchFile(origin.file, () => reloader.reread("file"))
      : undefined;
  const { graceful, failed } = await stopped;
  isDraining = true;
  watch?.stop();
  operatorLog.tell({
    level: "notice",
    event: "draining",
    sentence: `stopping: calls under way have ${drain.deadlineMs / 1000} s to end`,
  });
  await reloader.stop();
  await group.stop({
    graceMs: graceful ? drain.graceMs : 0,
    deadlineMs: failed ? FAILED_DEADLINE_MS : drain.deadlineMs,
  });
  clearInterval(sweeping);
  shared.close();
  locks.release();
  await source.close();
  await Promise.all(admins.map((admin) => admin.stop()));
  operatorLog.tell({ level: "notice", event: "stopped", sentence: "stopped" });
  return failed ? 1 : 0;
}

/** All workers take it, or none does. It is read here first, so that what is wrong with it is told once. */
async function adopt(origin: OriginText, group: WorkerGroup, operatorLog: OperatorLog) {
  const result = loadOrigin(origin);
  const config = usableConfig(result, operatorLog);
  if (!config) {
    const problems = "problems" in result ? result.problems : [];
    return { refused: "has problems", problems };
  }
  const outcome = await group.reload(origin);
  if (outcome !== "taken") return { ...outcome, problems: [] };
  return { warnings: config.warnings };
}

function notReady({ serving }: WorkerGroup): string | undefined {
  if (serving.length === 0) return "no worker serves";
  return serving.some(({ isWarm }) => isWarm) ? undefined : "warming up";
}

function degraded({ serving, wanted }: WorkerGroup): string | undefined {
  if (serving.length === wanted) return undefined;
  return `${serving.length} of ${wanted} workers serve`;
}
