import type { GatewayError } from "../../chat/error.ts";

/** Something that is awaited. Moving it is one property write, so a stream can do it for every event. */
export interface Deadline {
  /** `performance.now()` milliseconds; `Infinity` while nothing is awaited. */
  atMs: number;
  readonly expire: () => void;
  /** Ends what is awaited for another reason than the clock, where there is a way. */
  readonly abort?: (reason: GatewayError) => void;
  /** Where it is kept while it is watched; undefined where it is not. */
  slot?: number | undefined;
}

/** Many deadlines on one timer. Each expires at most one tick late. */
export interface Deadlines {
  watch(deadline: Deadline): void;
  unwatch(deadline: Deadline): void;
  /** Ends everything that is awaited, for one reason: the gateway is going down. */
  abortAll(reason: GatewayError): void;
}

const TICK_MS = 50;

export function createDeadlines(): Deadlines {
  /**
   * No `Set`: one that grows leaves its old table behind, pointing to the new one, and a table that has
   * outlived a collection keeps all that follow it, with every call in them, until a full collection.
   */
  const watched: Deadline[] = [];
  let ticker: ReturnType<typeof setInterval> | undefined;

  function watch(deadline: Deadline): void {
    if (deadline.slot !== undefined) return;
    deadline.slot = watched.length;
    watched.push(deadline);
    // Nothing that is awaited keeps a process alive which has stopped listening.
    ticker ??= setInterval(expireDue, TICK_MS).unref();
  }

  function unwatch(deadline: Deadline): void {
    const { slot } = deadline;
    if (slot === undefined) return;
    deadline.slot = undefined;
    const last = watched.pop();
    if (last === undefined || last === deadline) return;
    watched[slot] = last;
    last.slot = slot;
  }

  function expireDue(): void {
    // Only an idle tick stops the timer: starting one for every call would cost more than the tick.
    if (watched.length === 0) {
      clearInterval(ticker);
      ticker = undefined;
      return;
    }
    const nowMs = performance.now();
    for (const deadline of watched.filter(({ atMs }) => atMs <= nowMs)) {
      if (!isWatched(deadline)) continue;
      unwatch(deadline);
      deadline.expire();
    }
  }

  return {
    watch,
    unwatch,
    abortAll(reason) {
      for (const deadline of [...watched]) if (isWatched(deadline)) deadline.abort?.(reason);
    },
  };
}

/** Ending one thing may end others. */
function isWatched({ slot }: Deadline): boolean {
  return slot !== undefined;
}
