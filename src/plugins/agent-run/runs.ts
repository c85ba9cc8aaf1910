import type { Call } from "../../gateway/call/call.ts";

/** One session of one caller, as far as it is remembered. */
export interface Run {
  /** Nobody else's. */
  readonly key: string;
  readonly startedMs: number;
}

interface Kept extends Run {
  readonly owner: string;
  lastMs: number;
}

/** A run is forgotten after so long without a call. */
export const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

const LIMITS = { runs: 10_000, runsOfOwner: 500 };
const MAX_ID_LENGTH = 256;

/**
 * The sessions that are under way. A client writes their names, so they are bounded: past the limit the one that was silent
 * for longest is forgotten, and what one caller begins beyond its own share is one more run together.
 */
export class Runs {
  readonly #runs = new Map<string, Kept>();
  readonly #counts = new Map<string, number>();
  readonly #limits: typeof LIMITS;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#runs.size;
  }

  /** The run that a call belongs to; begun, where it is new. */
  at(owner: string, session: string, nowMs: number): Run {
    this.#forget(nowMs);
    const name = JSON.stringify([owner, session.slice(0, MAX_ID_LENGTH)]);
    const known = this.#runs.get(name);
    if (known) return this.#touch(name, known, nowMs);
    const isOver = (this.#counts.get(owner) ?? 0) >= this.#limits.runsOfOwner;
    return isOver ? this.#shared(owner, nowMs) : this.#begin(name, owner, nowMs);
  }

  #shared(owner: string, nowMs: number): Run {
    const name = JSON.stringify([owner]);
    const known = this.#runs.get(name);
    return known ? this.#touch(name, known, nowMs) : this.#begin(name, owner, nowMs);
  }

  #begin(name: string, owner: string, nowMs: number): Run {
    if (this.#runs.size >= this.#limits.runs) this.#forgetFirst();
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
    const run = { key: `${name} ${nowMs}`, startedMs: nowMs, owner, lastMs: nowMs };
    this.#runs.set(name, run);
    return run;
  }

  /** The map is in the order of the last calls. */
  #touch(name: string, run: Kept, nowMs: number): Run {
    run.lastMs = nowMs;
    this.#runs.delete(name);
    this.#runs.set(name, run);
    return run;
  }

  #forget(nowMs: number): void {
    for (const { lastMs } of this.#runs.values()) {
      if (nowMs - lastMs < FORGOTTEN_AFTER_MS) return;
      this.#forgetFirst();
    }
  }

  #forgetFirst(): void {
    const [first] = this.#runs;
    if (!first) return;
    const [name, { owner }] = first;
    this.#runs.delete(name);
    const left = (this.#counts.get(owner) ?? 1) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
  }
}

/** Whose sessions a call's may be one of: no name that one caller writes is another's. */
export function ownerOfRuns({ consumer, record }: Call): string {
  return consumer?.id ?? record.authenticatedEntity?.id ?? record.clientIp;
}
