/** A length of time in which something is counted. */
export interface Window {
  readonly sizeSeconds: number;
  /**
   * Fixed windows begin at whole multiples of their size since 1970. In a sliding one the part of the
   * window before that its size still covers counts too.
   */
  readonly type: "fixed" | "sliding";
}

/** What was counted in a window and the one before, as it stands in a store. */
export interface Counted {
  /** Number of the window since 1970. */
  readonly index: number;
  readonly current: number;
  readonly previous: number;
}

export function windowIndex({ sizeSeconds }: Window, atMs: number): number {
  return Math.floor(atMs / (sizeSeconds * 1000));
}

/** What was counted, seen from a later moment: windows that are over move back, and then out. */
export function rolled(counted: Counted, window: Window, nowMs: number): Counted {
  const index = windowIndex(window, nowMs);
  if (index <= counted.index) return counted;
  const previous = index === counted.index + 1 ? counted.current : 0;
  return { index, current: 0, previous };
}

/** How much of a limit is used at a moment. `counted` is as `rolled` gives it. */
export function usedAt({ current, previous }: Counted, window: Window, nowMs: number): number {
  if (window.type === "fixed") return current;
  const sizeMs = window.sizeSeconds * 1000;
  return current + (previous * (sizeMs - (nowMs % sizeMs))) / sizeMs;
}

/**
 * Whole seconds, one at least, until `amount` fits under a limit that it does not fit under now, where
 * nothing else is counted by then. What is larger than the limit itself waits for an empty window.
 */
export function secondsUntilFree(
  { current, previous }: Counted,
  window: Window,
  nowMs: number,
  room: number,
): number {
  const sizeMs = window.sizeSeconds * 1000;
  const elapsedMs = nowMs % sizeMs;
  const whole = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
  if (window.type === "fixed") return whole(sizeMs - elapsedMs);
  // Within this window the one before fades; behind its end this one does.
  const fadedMs = previous > 0 ? sizeMs * (1 - (room - current) / previous) : 0;
  if (current < room) return whole(fadedMs - elapsedMs);
  const share = current > 0 ? Math.max(0, room) / current : 1;
  return whole(sizeMs - elapsedMs + sizeMs * (1 - share));
}

/** As headers call it: the reference has names for six sizes, and seconds for all others. */
export function windowName(sizeSeconds: number): string {
  return NAMES.get(sizeSeconds) ?? String(sizeSeconds);
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [1, "second"],
  [60, "minute"],
  [3_600, "hour"],
  [86_400, "day"],
  [2_592_000, "month"],
  [31_536_000, "year"],
]);
