/**
 * A length of time in which something is counted.
 *
 * Fixed windows begin at whole multiples of their size since 1970, UTC; months and years where the calendar has
 * them begin. In a sliding window the part of the window before that its size still covers counts too.
 */
export type Window =
  | { readonly type: "fixed" | "sliding"; readonly sizeSeconds: number }
  | { readonly type: "calendar"; readonly period: "month" | "year" };

/** What was counted in a window and the one before, as it stands in a store. */
export interface Counted {
  /** Number of the window since 1970. */
  readonly index: number;
  readonly current: number;
  readonly previous: number;
}

/** The window that a moment is in. */
export interface Span {
  /** Number of the window since 1970. */
  readonly index: number;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
}

export function spanAt(window: Window, atMs: number): Span {
  if (window.type === "calendar") return calendarSpan(window.period, atMs);
  const sizeMs = window.sizeSeconds * 1000;
  const index = Math.floor(atMs / sizeMs);
  return { index, startMs: index * sizeMs, endMs: (index + 1) * sizeMs };
}

function calendarSpan(period: "month" | "year", atMs: number): Span {
  const date = new Date(atMs);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  return period === "year"
    ? { index: year - 1970, startMs: Date.UTC(year, 0), endMs: Date.UTC(year + 1, 0) }
    : {
        index: (year - 1970) * 12 + month,
        startMs: Date.UTC(year, month),
        endMs: Date.UTC(year, month + 1),
      };
}

/** What was counted, seen from a later moment: windows that are over move back, and then out. */
export function rolled(counted: Counted, { index }: Span): Counted {
  if (index <= counted.index) return counted;
  const previous = index === counted.index + 1 ? counted.current : 0;
  return { index, current: 0, previous };
}

/** How much of a limit is used at a moment within the window. */
export function usedAt(counted: Counted, window: Window, nowMs: number): number {
  const { current, previous } = counted;
  if (window.type !== "sliding") return current;
  const { startMs, endMs } = spanAt(window, nowMs);
  return current + (previous * (endMs - nowMs)) / (endMs - startMs);
}

/**
 * Whole seconds, one at least, until no more than `room` is used of what is more now, where nothing else is
 * counted by then. What is larger than the limit itself waits for an empty window.
 */
export function secondsUntilFree(
  { current, previous }: Counted,
  window: Window,
  nowMs: number,
  room: number,
): number {
  const { startMs, endMs } = spanAt(window, nowMs);
  const whole = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
  if (window.type !== "sliding") return whole(endMs - nowMs);
  const sizeMs = endMs - startMs;
  // Within this window the one before fades; behind its end this one does.
  const fadedMs = previous > 0 ? sizeMs * (1 - (room - current) / previous) : 0;
  if (current < room) return whole(startMs + fadedMs - nowMs);
  const share = current > 0 ? Math.max(0, room) / current : 1;
  return whole(endMs - nowMs + sizeMs * (1 - share));
}

/** Tells windows apart, for keys of counters. */
export function windowKey(window: Window): string {
  if (window.type === "calendar") return window.period;
  return `${window.type === "fixed" ? "f" : "s"}${window.sizeSeconds}`;
}

/** As headers call it: the reference has names for six sizes, and seconds for all others. */
export function windowName(window: Window): string {
  if (window.type === "calendar") return window.period;
  return NAMES.get(window.sizeSeconds) ?? String(window.sizeSeconds);
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [1, "second"],
  [60, "minute"],
  [3_600, "hour"],
  [86_400, "day"],
  [2_592_000, "month"],
  [31_536_000, "year"],
]);
