import type { GatewayError } from "../../chat/error.ts";
import { askedWaitMs, clampWaitMs } from "../../routing/balance/ejection.ts";
import {
  countsAgainstTarget,
  type Failure,
  failureOfError,
  failureOfStatus,
} from "../../routing/balance/failure.ts";
import type { HealthChange, Trial } from "../../routing/balance/health.ts";
import type { Ending } from "../../routing/balance/picker.ts";
import {
  type AiRecord,
  type Attempt,
  type CallRecord,
  whenClosed,
} from "../../telemetry/call-record.ts";
import { cost } from "../../telemetry/cost.ts";
import { settledUsage } from "../../telemetry/estimate.ts";
import { openAiRecord } from "../call/ai-record.ts";
import type { Call } from "../call/call.ts";
import { asGatewayError } from "../call/error-reply.ts";
import { type Plan, planOf } from "../call/plan.ts";
import type { Reply } from "../call/reply.ts";
import { modelFor, resolveFor } from "../call/resolve.ts";
import { targetClocks } from "../upstream/target-clocks.ts";
import { attempt } from "./attempt.ts";
import { type BalancedCall, memberAt, tellHealth } from "./target-pool.ts";

/** A target that was left without an answer: it said why, or something went wrong on the way. */
export type Left = {
  readonly type: "left";
  readonly failure: Failure;
  /** What the record says of the attempt; absent when nothing was sent. */
  readonly entry: Attempt | undefined;
} & (
  | { readonly reply: Reply; readonly error?: undefined }
  | { readonly reply?: undefined; readonly error: GatewayError }
);

type Attempted = { readonly type: "answered"; readonly reply: Reply } | Left;

/**
 * Makes one attempt at a target, and tells the pool how it went. An answer that no other target would better (a
 * refused request, say) counts as answered. Throws what is no target's fault.
 */
export async function attemptTarget(
  call: Call,
  asked: BalancedCall,
  target: number,
): Promise<Attempted> {
  const { health, picker } = asked.pool.state;
  const startedAtMs = performance.now();
  const ongoing: Ongoing = { call, asked, startedAtMs, trial: health.began(target, startedAtMs) };
  picker.started(target);
  const { attempts } = call.record;
  const attemptsBefore = attempts.length;
  try {
    const plan = planFor(call, asked, target);
    const clocks = targetClocks(asked.pool.clocks(call.clocks), plan);
    const reply = await attempt({ ...call, clocks }, plan);
    const entry = noteOf(attempts[attemptsBefore], ongoing);
    const failure = failureOfStatus(reply.status);
    if (!failure) {
      answered(ongoing, reply);
      return { type: "answered", reply };
    }
    failed(ongoing, failure, askedWaitMs(reply.headers, Date.now()));
    return { type: "left", failure, reply, entry };
  } catch (thrown) {
    const error = asGatewayError(thrown);
    const failure = failureOfError(error);
    if (!failure) {
      health.gaveUp(ongoing.trial);
      endUnanswered(ongoing, error.code === "client_aborted" ? "given-up" : "refused");
      throw thrown;
    }
    const entry = noteOf(attempts[attemptsBefore], ongoing, error);
    failed(ongoing, failure, error.retryAfterMs && clampWaitMs(error.retryAfterMs));
    return { type: "left", failure, error, entry };
  }
}

interface Ongoing {
  readonly call: Call;
  readonly asked: BalancedCall;
  readonly startedAtMs: number;
  readonly trial: Trial;
}

function planFor(call: Call, asked: BalancedCall, target: number): Plan {
  const { pool, requested, stream, parsedAtMs } = asked;
  const resolved = resolveFor(memberAt(pool, target).target, call);
  const model = modelFor(resolved, pool.settings, requested);
  const plan = planOf(resolved, pool.settings, model, stream);
  const ai = openAiRecord(plan, parsedAtMs);
  if (asked.estimatedPromptTokens !== undefined) {
    ai.estimatedPromptTokens = asked.estimatedPromptTokens;
  }
  call.record.ai = ai;
  call.record.notices = [];
  return plan;
}

/** Completes what the record says of an attempt; what it cost is known where its vendor said what it used. */
function noteOf(
  entry: Attempt | undefined,
  { call, trial, asked }: Ongoing,
  error?: GatewayError,
): Attempt | undefined {
  if (!entry) return undefined;
  const { ai } = call.record;
  const weight = asked.pool.members[trial.target]?.weight;
  if (weight !== undefined) entry.weight = weight;
  if (error) entry.error ??= error;
  if (error && ai?.usage) entry.cost = cost(ai.usage, ai.prices);
  return entry;
}

function failed(ongoing: Ongoing, failure: Failure, waitMs?: number): void {
  const { trial } = ongoing;
  const { criteria, state } = ongoing.asked.pool;
  const nowMs = performance.now();
  if (failure.criterion === "http_429") {
    tellChanges(ongoing, state.health.rateLimited(trial, nowMs, waitMs), failure);
  }
  if (countsAgainstTarget(failure, criteria)) {
    tellChanges(ongoing, state.health.failed(trial, nowMs), failure);
  } else state.health.gaveUp(trial);
  // Whatever moves calls on: who answers with errors is neither the fastest nor the least used.
  endUnanswered(ongoing, "failed");
}

function tellChanges(
  { asked, trial, call }: Ongoing,
  changes: readonly HealthChange[],
  failure?: Failure,
): void {
  if (changes.length > 0) tellHealth(changes, { ...asked, target: trial.target, failure, call });
}

const NOTHING_USED = { promptTokens: 0, completionTokens: 0, totalTokens: 0, cost: 0 } as const;

function endUnanswered({ asked, trial, startedAtMs }: Ongoing, ending: Ending): void {
  const nowMs = performance.now();
  const durationMs = nowMs - startedAtMs;
  const outcome = { ...NOTHING_USED, nowMs, ending, waitMs: durationMs, durationMs };
  asked.pool.state.picker.finished(trial.target, outcome);
}

/** A whole answer is over; a stream is when its last byte has gone, and may still break. */
function answered(ongoing: Ongoing, { status, body }: Reply): void {
  const { asked, call, startedAtMs, trial } = ongoing;
  const nowMs = performance.now();
  const waitMs = nowMs - startedAtMs;
  tellChanges(ongoing, asked.pool.state.health.succeeded(trial, nowMs));
  if (status !== 200 && status !== 201) endUnanswered(ongoing, "refused");
  else if (body.type === "whole") finished(ongoing, waitMs);
  else whenClosed(call.record, () => finished(ongoing, waitMs));
}

function finished(ongoing: Ongoing, waitMs: number): void {
  const { call, asked, trial, startedAtMs } = ongoing;
  const { health, picker } = asked.pool.state;
  const { ai, clientAborted, streamError } = call.record;
  const nowMs = performance.now();
  // The call was well under way, so it was no probe any more.
  if (streamError) {
    const later = { ...trial, breakerProbe: false, ejectionProbe: false };
    tellChanges(ongoing, health.failed(later, nowMs));
  }
  picker.finished(trial.target, {
    nowMs,
    ending: clientAborted ? "cut" : streamError ? "failed" : "answered",
    waitMs,
    durationMs: nowMs - startedAtMs,
    ...(ai ? usedBy(call.record, ai) : NOTHING_USED),
  });
}

function usedBy(record: CallRecord, ai: AiRecord) {
  const usage = settledUsage(record, ai);
  const { promptTokens, completionTokens, totalTokens } = usage;
  return { promptTokens, completionTokens, totalTokens, cost: cost(usage, ai.prices) };
}
