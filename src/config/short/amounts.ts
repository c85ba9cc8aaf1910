/** What of a budget stands in one text: `$50/day`, `200k tokens/min`, `60 calls/min`. */
export interface Amount {
  readonly counts: "cost" | "total_tokens" | "calls";
  readonly limit: number;
  readonly per: string;
}

const UNITS: Readonly<Record<string, string>> = {
  s: "second",
  sec: "second",
  second: "second",
  min: "minute",
  minute: "minute",
  h: "hour",
  hour: "hour",
  d: "day",
  day: "day",
  week: "week",
  month: "month",
  year: "year",
};

const MULTIPLIERS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6 };

const MONEY = /^[$€£]\s*(\d[\d_,]*(?:\.\d+)?)\s*(?:\/|\s+a\s+|\s+per\s+)\s*([a-z]+)$/i;
const USE =
  /^(\d[\d_,]*(?:\.\d+)?)\s*([km]?)\s*(tokens|calls|requests)\s*(?:\/|\s+a\s+|\s+per\s+)\s*([a-z]+)$/i;

const SUM = /^[$€£]\s*(\d[\d_,]*(?:\.\d+)?)$/;

/** `$2`; undefined for what is no sum of money, or none to spend. */
export function moneyOf(text: string): number | undefined {
  const [, amount = ""] = SUM.exec(text.trim()) ?? [];
  const sum = numberOf(amount);
  return sum > 0 ? sum : undefined;
}

/** `$50/day`; undefined for what is none. */
export function readBudget(text: string): Amount | undefined {
  const [, amount = "", unit = ""] = MONEY.exec(text.trim()) ?? [];
  const per = UNITS[unit.toLowerCase()];
  return per === undefined ? undefined : { counts: "cost", limit: numberOf(amount), per };
}

/** `200k tokens/min` or `60 calls/min`; undefined for what is none. */
export function readLimit(text: string): Amount | undefined {
  const [, amount = "", multiplier = "", what = "", unit = ""] = USE.exec(text.trim()) ?? [];
  const per = UNITS[unit.toLowerCase()];
  if (per === undefined) return undefined;
  const limit = numberOf(amount) * (MULTIPLIERS[multiplier.toLowerCase()] ?? 1);
  return { counts: what.toLowerCase() === "tokens" ? "total_tokens" : "calls", limit, per };
}

function numberOf(digits: string): number {
  return Number(digits.replace(/[_,]/g, ""));
}
