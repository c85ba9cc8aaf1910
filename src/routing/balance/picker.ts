/** What an algorithm may know of a call when it picks. */
export interface PickFacts {
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: number;
  /** What consistent hashing goes by; absent when the call does not carry it. */
  readonly hashKey?: string | undefined;
  /** Distance from the prompt to each target's description, for the semantic algorithm. */
  readonly distances?: readonly number[] | undefined;
}

/** How one try at a target ended. */
export interface TryOutcome {
  /** Milliseconds of the clock that `PickFacts` uses. */
  readonly nowMs: number;
  /** From sending to the answer's last byte. */
  readonly durationMs: number;
  readonly failed: boolean;
  /** The client left before the end: what was used counts, how long it took says nothing. */
  readonly cut: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** In the currency of the prices; 0 where none are set. */
  readonly cost: number;
}

/**
 * Chooses among targets, which are numbers from 0. `pick` names one of `among`, which is never
 * empty; the semantic algorithm names none where nothing fits. Whoever tries a target says so with
 * `started`, and how it went with `finished`; a try that says nothing of the target (the client
 * left) ends in `finished` without an outcome.
 */
export interface Picker {
  pick(among: readonly number[], call: PickFacts): number | undefined;
  started(target: number): void;
  finished(target: number, outcome: TryOutcome | undefined): void;
}

/** For algorithms that do not look at how tries go. */
export const INDIFFERENT = { started() {}, finished() {} } as const;
