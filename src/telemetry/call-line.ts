import { type CallRecord, shownStatus } from "./call-record.ts";
import { cost } from "./cost.ts";
import { settledUsage } from "./estimate.ts";
import { printable } from "./log-file.ts";

const MAX_NAME_LENGTH = 60;

/**
 * A finished call on one line: time, status, milliseconds, model or route, provider, tokens, cost
 * (in the currency of the prices) and what went wrong.
 */
export function callLine(record: CallRecord): string {
  const { startedAtEpochMs, startedAtMs, endedAtMs = startedAtMs } = record;
  const ms = Math.round(endedAtMs - startedAtMs);
  const parts = [
    `${clockTime(startedAtEpochMs + ms)} ${shownStatus(record)} ${String(ms).padStart(6)} ms`,
    ...asked(record),
    ...spent(record),
    ...wrong(record),
  ];
  return parts.join("  ");
}

/** Local time, `09:05:07`. */
export function clockTime(epochMs: number): string {
  const date = new Date(epochMs);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function asked({ ai, attempts, request, route, service }: CallRecord): string[] {
  const path = request.uri.split("?", 1)[0] ?? "";
  if (!ai) {
    const place = service && attempts.length > 0 ? [name(service.name ?? service.host)] : [];
    return [`${request.method} ${name(path)}`, ...place];
  }
  const wanted = ai.requestModel || route?.name || path;
  const retried = attempts.length > 1 ? ` (try ${attempts.length})` : "";
  return [name(wanted), ...(ai.targetName === "" ? [] : [`${name(ai.targetName)}${retried}`])];
}

function spent(record: CallRecord): string[] {
  const { ai } = record;
  if (!ai) return [];
  const usage = settledUsage(record, ai);
  if (usage.totalTokens === 0) return [];
  const price = cost(usage, ai.prices);
  const about = usage.estimated ? "~" : "";
  const tokens = `${about}${usage.promptTokens}+${usage.completionTokens} tokens`;
  return price > 0 ? [tokens, price.toPrecision(3)] : [tokens];
}

function wrong({ error, streamError, clientAborted }: CallRecord): string[] {
  if (clientAborted) return ["the client left"];
  const failure = streamError ?? error;
  return failure ? [failure.code] : [];
}

function name(text: string): string {
  return printable(text, MAX_NAME_LENGTH);
}
