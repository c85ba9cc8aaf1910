/** What an algorithm may know of a call when it picks. */
export interface PickFacts {
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: number;
  /** What consistent hashing goes by; absent when the call does not carry it. */
  readonly hashKey?: string | undefined;
  /** Distance from the prompt to each target's description, for the semantic algorithm. */
  readonly distances?: readonly number[] | undefined;
}

/**
 * `failed`: with an error, or an answer that broke. `refused`: the request was turned down, by the
 * target or before it was sent, and may deserve it. `cut`: the client left amid the answer, so that
 * what was used counts and how long it took says nothing. `given-up`: it left before there was any.
 */
export type Ending = "answered" | "failed" | "refused" | "cut" | "given-up";

/** How one attempt at a target ended. */
export interface AttemptOutcome {
  /** Milliseconds of the clock that `PickFacts` uses. */
  readonly nowMs: number;
  readonly ending: Ending;
  /** From sending until an answer began; all of `durationMs` where none did. */
  readonly waitMs: number;
  /** From sending to the answer's last byte. */
  readonly durationMs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** In the currency of the prices; 0 where none are set. */
  readonly cost: number;
}

/**
 * Chooses among targets, which are numbers from 0. `pick` names one of `among`, which is never
 * empty; the semantic algorithm names none where nothing fits. Whoever tries a target says so with
 * `started`, and how it went with `finished`.
 */
export interface Picker {
  pick(among: readonly number[], call: PickFacts): number | undefined;
  started(target: number): void;
  finished(target: number, outcome: AttemptOutcome): void;
}

/** For algorithms that do not look at how attempts go. */
export const INDIFFERENT = { started() {}, finished() {} } as const;

/** All of `among` that share the lowest score. */
export function lowest(
  among: readonly number[],
  scoreOf: (target: number) => number,
): readonly number[] {
  let least = Number.POSITIVE_INFINITY;
  let best: number[] = [];
  for (const target of among) {
    const score = scoreOf(target);
    if (score < least) {
      least = score;
      best = [target];
    } else if (score === least) best.push(target);
  }
  return best.length === 0 ? among : best;
}
