import { z } from "zod";

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const MAX_SECONDS = 86_400;
const WRITTEN = /^(\d{1,8}(?:\.\d{1,3})?)(ms|s|m|h)?$/;
const MESSAGE = "expected seconds, or a number with a unit: 90, 90s, 2m, 500ms (a day at most)";

/** A length of time: seconds, or a number with its unit. */
export function durationSchema(description: string) {
  return z
    .union([z.number(), z.string()], MESSAGE)
    .refine((written) => {
      const ms = durationMs(written);
      return ms >= 1 && ms <= MAX_SECONDS * UNITS_MS.s;
    }, MESSAGE)
    .optional()
    .describe(`${description} Seconds, or with a unit: 90, 2m, 500ms.`);
}

/** Whole milliseconds; 0 for what is no duration. */
export function durationMs(written: number | string): number {
  if (typeof written === "number") return Math.round(written * UNITS_MS.s);
  const [, count, unit = "s"] = WRITTEN.exec(written) ?? [];
  if (count === undefined || !isUnit(unit)) return 0;
  return Math.round(Number(count) * UNITS_MS[unit]);
}

function isUnit(unit: string): unit is keyof typeof UNITS_MS {
  return Object.hasOwn(UNITS_MS, unit);
}
