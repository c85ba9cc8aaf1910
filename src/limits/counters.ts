import type { Window } from "./window.ts";

/** One thing that is counted in one window. Amounts are whole numbers; money and the like is counted in 1e-9. */
export interface Meter {
  readonly key: string;
  readonly window: Window;
}

/** What a call wants of a limit. */
export interface Claim extends Meter {
  readonly limit: number;
  /** What is held for the call until it is settled; with 0 it is only asked whether the limit is used up. */
  readonly amount: number;
}

/** What a claim's amounts are held by until they are settled; whoever held them may have died. */
export interface Lease {
  /** Nobody else's, ever and anywhere. */
  readonly id: string;
  /** Milliseconds since 1970; what is not settled by then goes back. */
  readonly untilMs: number;
}

/** Where a limit stands, before the call that asks is counted. */
export interface Standing {
  readonly used: number;
  /** Seconds until the claim would be granted; undefined where it is. */
  readonly waitSeconds: number | undefined;
}

export interface Grant {
  /** Every claim was granted, and all amounts are held; else none is. */
  readonly granted: boolean;
  /** In the order of the claims. */
  readonly standings: readonly Standing[];
}

export interface Charge extends Meter {
  /** Negative gives back. */
  readonly amount: number;
  /** The moment whose window is charged, in ms since 1970: what was held is settled where it was held. */
  readonly atMs: number;
}

/**
 * Counts for limits, for everybody who shares them: one process, the workers of a machine, or many
 * machines. A claim with an amount is granted where used and amount together are within the limit; one
 * without, where less than the limit is used.
 */
export interface Counters {
  /**
   * Looks at all limits of a call, and takes what it asks for, in one step that nobody comes between. With a lease
   * it is only held; without one it is counted for good.
   */
  claim(claims: readonly Claim[], nowMs: number, lease?: Lease): Grant | Promise<Grant>;
  /** Counts, whatever the limits. */
  add(charges: readonly Charge[], nowMs: number): void | Promise<void>;
  /** Ends a lease: what it holds goes back, where its time is not over, and what was used counts. Called once. */
  settle(leaseId: string, used: readonly Charge[], nowMs: number): void | Promise<void>;
  /** Lets go of connections; what was counted stays. */
  close(): Promise<void>;
}
