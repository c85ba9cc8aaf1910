import type { NoticeList } from "./notice-list.ts";

/** Which stop sequences a vendor takes. */
export interface StopRule {
  /** For notices. */
  readonly vendor: string;
  readonly max: number;
  readonly takes: RegExp;
}

/** The first of those that are taken; undefined where there is none. The others yield a notice. */
export function takenStops(
  stop: readonly string[] | undefined,
  { vendor, max, takes }: StopRule,
  list: NoticeList,
): readonly string[] | undefined {
  if (!stop || stop.length === 0) return stop;
  const fitting = stop.filter((word) => takes.test(word));
  const kept = fitting.slice(0, max);
  if (fitting.length < stop.length) {
    list.dropped("stop", `${vendor} takes no stop sequence that does not match ${takes.source}.`);
  }
  if (kept.length < fitting.length) {
    list.dropped("stop", `${vendor} takes ${max} stop sequences: the first are sent.`);
  }
  return kept.length > 0 ? kept : undefined;
}
