import type { CallRecord } from "./call-record.ts";
import { type LogRecord, logRecord } from "./log-record.ts";

/**
 * The log record as one line of JSON without its line end. Encoded once per closed call, whoever
 * asks; a call that is still open is encoded afresh each time. Never throws: a plugin's figures that
 * are not JSON are left out.
 */
export function encodeLogRecord(record: CallRecord): string {
  if (record.encoded !== undefined) return record.encoded;
  const line = escapeUnprintable(stringify(logRecord(record)));
  if (record.endedAtMs !== undefined) record.encoded = line;
  return line;
}

function stringify(log: LogRecord): string {
  try {
    return JSON.stringify(log);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { ai, ...rest } = log;
    return JSON.stringify({ ...rest, log_error: `the ai member could not be written: ${reason}` });
  }
}

// What JSON lets through and a terminal or a viewer may obey: DEL, C1 controls, line separators and
// the bidirectional controls of https://www.unicode.org/reports/tr9/.
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, "g");

function escapeUnprintable(json: string): string {
  if (!UNPRINTABLE.test(json)) return json;
  return json.replace(
    ALL_UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
