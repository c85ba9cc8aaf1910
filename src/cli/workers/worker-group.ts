import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import type { SharedMemory } from "../../limits/shared-memory.ts";
import type { Drain } from "../serve.ts";
import type { OriginText } from "../source.ts";
import type { WorkerSetup } from "./messages.ts";
import { WorkerProcess } from "./worker-process.ts";

/** The place of one worker among all; somebody sits there, or will. */
interface Seat {
  occupant: WorkerProcess | undefined;
  /** Workers in a row that ended before they had served for a while. */
  shortLives: number;
}

export interface GroupOptions {
  readonly setup: Omit<WorkerSetup, "taker">;
  /** What they count in together. */
  readonly shared: SharedMemory;
  readonly operatorLog: OperatorLog;
  /** Told of a worker that is gone. */
  onGone(worker: WorkerProcess): void;
}

/** What became of a configuration that all were to take. */
export type Reloaded = { readonly refused: string } | "taken";

export type WorkerGroup = ReturnType<typeof startWorkers>;

/** Who has served for so long did not fail to start. */
const STEADY_MS = 1_000;
/** Before the next try, by how many in a row did not serve for so long. */
const BACK_OFF_MS = [0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;

/** How long connections are told to close before a worker that is replaced lets go of the port. */
const ROLL_GRACE_MS = 1_500;

/** Keeps as many workers as are wanted, each of them replaced when it ends, all with one configuration. */
export function startWorkers({ setup, shared, operatorLog, onGone }: GroupOptions) {
  const seats: Seat[] = Array.from({ length: setup.workers }, () => ({
    occupant: undefined,
    shortLives: 0,
  }));
  /** Those at their last calls too. */
  const alive = new Set<WorkerProcess>();
  const started = Promise.withResolvers<void>();
  let config: OriginText = setup.config;
  let generation = 1;
  let isStarted = false;
  let isStopping = false;
  let isReloading = false;
  let isRolling = false;

  const serving = () => seats.filter(({ occupant }) => occupant?.phase === "listening");

  function freeTaker(): number {
    const inUse = new Set([...alive].map(({ taker }) => taker));
    let taker = 1;
    while (inUse.has(taker)) taker += 1;
    return taker;
  }

  function fill(seat: Seat): WorkerProcess | undefined {
    if (isStopping) return undefined;
    const warnsOfOpenRoutes = setup.warnsOfOpenRoutes && !isStarted && seat === seats[0];
    const next = { ...setup, config, warnsOfOpenRoutes, taker: freeTaker() };
    const worker = new WorkerProcess(next, generation, shared, (one) => onPhase(seat, one));
    alive.add(worker);
    seat.occupant = worker;
    return worker;
  }

  function onPhase(seat: Seat, worker: WorkerProcess): void {
    switch (worker.phase) {
      case "starting":
        return;
      case "built":
        if (!isReloading) letServe(worker);
        return;
      case "listening":
        if (!isStarted && serving().length === seats.length) {
          isStarted = true;
          started.resolve();
        }
        return;
      case "leaving":
        if (seat.occupant === worker) replace(seat, worker);
        return;
      case "gone":
        alive.delete(worker);
        onGone(worker);
        if (!isStarted) started.reject(new Error(worker.failure ?? "a worker ended as it started"));
        else if (seat.occupant === worker) replace(seat, worker);
        return;
    }
  }

  /** Nobody serves a configuration that is not that of all. */
  function letServe(worker: WorkerProcess): void {
    if (worker.generation === generation) worker.tell({ type: "listen" });
    else worker.kill();
  }

  function replace(seat: Seat, worker: WorkerProcess): void {
    seat.occupant = undefined;
    if (isStopping) return;
    const sinceMs = worker.listeningSinceMs;
    const isOutdated = worker.generation !== generation && sinceMs === undefined;
    const isSteady = sinceMs !== undefined && performance.now() - sinceMs >= STEADY_MS;
    if (isSteady || isOutdated) seat.shortLives = 0;
    else seat.shortLives += 1;
    const delayMs = BACK_OFF_MS[Math.min(seat.shortLives, BACK_OFF_MS.length - 1)] ?? 0;
    if (!isOutdated) {
      const why = worker.failure === undefined ? "" : `: ${worker.failure}`;
      const when = delayMs === 0 ? "now" : `in ${delayMs / 1000} s`;
      operatorLog.tell({
        level: seat.shortLives > 1 ? "error" : "warn",
        event: "worker_ended",
        sentence: `worker ${worker.pid} has ended${why}; another starts ${when}`,
        facts: { pid: worker.pid, restart_in_ms: delayMs },
      });
    }
    if (delayMs === 0) fill(seat);
    else setTimeout(() => seat.occupant ?? fill(seat), delayMs).unref();
  }

  process.once("exit", () => {
    for (const worker of alive) worker.kill();
  });
  for (const seat of seats) fill(seat);

  return {
    /** Resolves once all listen; rejects with why one could not. */
    started: started.promise,
    wanted: seats.length,
    get serving(): readonly WorkerProcess[] {
      return serving().flatMap(({ occupant }) => occupant ?? []);
    },
    /** Those at their last calls too. */
    get alive(): readonly WorkerProcess[] {
      return [...alive];
    },
    get generation(): number {
      return generation;
    },
    /** All take the next configuration, or none does. */
    async reload(next: OriginText): Promise<Reloaded> {
      isReloading = true;
      try {
        const asked = [...alive].filter(({ phase }) => phase === "listening");
        const outcomes = await Promise.all(
          asked.map((worker) => worker.prepare(generation + 1, next)),
        );
        const refusal = outcomes.find((outcome) => typeof outcome === "object");
        if (refusal) {
          for (const worker of asked) worker.tell({ type: "discard" });
          return refusal;
        }
        generation += 1;
        config = next;
        for (const worker of asked) {
          worker.generation = generation;
          worker.tell({ type: "commit" });
        }
        return "taken";
      } finally {
        isReloading = false;
        for (const { occupant } of seats) if (occupant?.phase === "built") letServe(occupant);
      }
    },
    /** Replaces one worker after the other: each ends once the one in its place listens. Asked again meanwhile, it goes on. */
    async roll(drain: Drain): Promise<void> {
      if (isRolling) return;
      isRolling = true;
      for (const seat of seats) {
        if (isStopping) break;
        const last = seat.occupant;
        const next = fill(seat);
        if (!next || !(await listens(next))) break;
        last?.tell({ type: "drain", ...drain, graceMs: ROLL_GRACE_MS, waitsIdle: true });
        await last?.exited;
      }
      isRolling = false;
    },
    /** Resolves once all have ended, those that hang by force. */
    async stop(drain: Drain): Promise<void> {
      isStopping = true;
      for (const worker of alive) {
        if (worker.phase === "listening")
          worker.tell({ type: "drain", ...drain, waitsIdle: false });
        else if (worker.phase !== "leaving") worker.kill();
      }
      const patience = setTimeout(
        () => {
          for (const worker of alive) worker.kill();
        },
        drain.graceMs + drain.deadlineMs + LAST_WORDS_MS,
      );
      await Promise.all([...alive].map(({ exited }) => exited));
      clearTimeout(patience);
    },
  };
}

/** Whether it comes so far. */
async function listens(worker: WorkerProcess): Promise<boolean> {
  await Promise.race([worker.listening, worker.exited]);
  return worker.phase === "listening";
}

/** What a worker needs beside its calls' deadline to write its last lines. */
const LAST_WORDS_MS = 5_000;
