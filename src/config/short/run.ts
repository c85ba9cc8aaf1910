import type { RawRecord } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { moneyOf } from "./amounts.ts";
import { shortRunSchema } from "./schema.ts";

/** `run` of a file, as options of the plugin that holds agents to it; undefined where there is none. */
export function runOptions(written: unknown, reading: Reading): RawRecord | undefined {
  if (written === undefined || written === null) return undefined;
  const run = readValue(shortRunSchema, written, ["run"], reading);
  if (!run) return undefined;
  const { max, ...rest } = run;
  return { ...rest, ...(max !== undefined && { cost: moneyOf(max) }) };
}
