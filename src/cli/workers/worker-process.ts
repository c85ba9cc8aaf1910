import type { AdminAnswer, AdminQuestion } from "../../admin/admin-messages.ts";
import type { SharedMemory } from "../../limits/shared-memory.ts";
import type { OriginText } from "../source.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

/** How far a worker has come. One that is leaving takes no new calls. */
export type WorkerPhase = "starting" | "built" | "listening" | "leaving" | "gone";

/** As a worker has the memory that all share. */
export const SHARED_DESCRIPTOR = 3;

/** What became of a configuration in a worker. One that is gone, or going, needs none. */
export type Prepared = "ready" | "gone" | { readonly refused: string };

/** More than a worker gives itself (`READING_TIMEOUT_MS`): only one that hangs takes so long. */
const PREPARE_DEADLINE_MS = 150_000;

/** How long a question to a worker may take before it goes unanswered. */
const ANSWER_DEADLINE_MS = 2_000;

/** A process that serves calls, as its supervisor sees it. */
export class WorkerProcess {
  phase: WorkerPhase = "starting";
  isWarm = false;
  /** Why it could not serve, in its own words. */
  failure: string | undefined;
  /** When it began to listen, by `performance.now`. */
  listeningSinceMs: number | undefined;
  readonly exited: Promise<void>;
  /** Resolves once it takes calls. */
  readonly listening: Promise<void>;
  readonly #listening = Promise.withResolvers<void>();
  readonly #child: Bun.Subprocess;
  readonly #onPhase: (worker: WorkerProcess) => void;
  #preparing: { readonly generation: number; settle(outcome: Prepared): void } | undefined;
  readonly #asked = new Map<number, (answer: AdminAnswer | undefined) => void>();
  #questions = 0;

  /** Of the configuration that it serves. */
  generation: number;
  readonly taker: number;
  readonly #setup: WorkerSetup;

  constructor(
    setup: WorkerSetup,
    generation: number,
    shared: SharedMemory,
    onPhase: (worker: WorkerProcess) => void,
  ) {
    this.#setup = setup;
    this.taker = setup.taker;
    this.generation = generation;
    this.#onPhase = onPhase;
    this.#child = Bun.spawn([process.execPath, PROGRAM], {
      // The first beyond the standard streams is what the workers count in: `SHARED_DESCRIPTOR`.
      stdio: ["ignore", "inherit", "inherit", shared.descriptor],
      env: process.env,
      serialization: "advanced",
      ipc: (message) => this.#hear(message as FromWorker),
    });
    this.listening = this.#listening.promise;
    this.exited = this.#child.exited.then(() => this.#enter("gone"));
  }

  get pid(): number {
    return this.#child.pid;
  }

  tell(message: ToWorker): void {
    // The channel may have closed before its end is told of: what is sent then is lost, as it would be later.
    if (this.phase !== "gone" && this.#child.exitCode === null) this.#child.send(message);
  }

  /** What it answers on the admin listener's behalf; undefined where it is too busy, or gone. */
  ask(question: AdminQuestion): Promise<AdminAnswer | undefined> {
    if (this.phase !== "listening" && this.phase !== "leaving") return Promise.resolve(undefined);
    const id = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<AdminAnswer | undefined>();
    const timer = setTimeout(() => this.#settle(id, undefined), ANSWER_DEADLINE_MS);
    this.#asked.set(id, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    // What the listener told came with a type and an id of its own.
    this.tell({ ...question, type: "ask", id });
    return promise;
  }

  /** Builds the next configuration beside the one in force. */
  prepare(generation: number, config: OriginText): Promise<Prepared> {
    const { promise, resolve } = Promise.withResolvers<Prepared>();
    const timer = setTimeout(() => {
      this.#preparing?.settle({ refused: "a worker has not built it in time" });
    }, PREPARE_DEADLINE_MS);
    const settle = (outcome: Prepared) => {
      clearTimeout(timer);
      this.#preparing = undefined;
      resolve(outcome);
    };
    this.#preparing = { generation, settle };
    this.tell({ type: "prepare", generation, config });
    return promise;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case "up":
        this.tell({ type: "build", ...this.#setup });
        return;
      case "built":
      case "listening":
      case "leaving":
        this.#enter(message.type);
        return;
      case "failed":
        this.failure = message.why;
        return;
      case "warm":
        this.isWarm = true;
        return;
      case "answered":
        this.#settle(message.id, message);
        return;
      case "prepared":
        this.#prepared(message.generation, "ready");
        return;
      case "refused":
        this.#prepared(message.generation, { refused: message.why });
        return;
    }
  }

  /** What is said of one that nobody waits for any more is not heard. */
  #prepared(generation: number, outcome: Prepared): void {
    if (this.#preparing?.generation === generation) this.#preparing.settle(outcome);
  }

  #settle(id: number, answer: AdminAnswer | undefined): void {
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }

  #enter(phase: WorkerPhase): void {
    if (this.phase === "gone") return;
    this.phase = phase;
    if (phase === "listening") {
      this.listeningSinceMs = performance.now();
      this.#listening.resolve();
    }
    if (phase === "gone") {
      for (const id of [...this.#asked.keys()]) this.#settle(id, undefined);
    }
    if (phase !== "listening") this.#preparing?.settle("gone");
    this.#onPhase(this);
  }
}

const PROGRAM = `${import.meta.dirname}/worker.ts`;
