import { GatewayError } from "../../chat/error.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Outage } from "../../routing/balance/health.ts";
import { type Refusal, refuse } from "../call/admission.ts";
import type { Call } from "../call/call.ts";
import type { Reply } from "../call/reply.ts";
import { attemptTarget, type Left } from "./attempt-target.ts";
import { type BalancedCall, memberAt } from "./target-pool.ts";

/**
 * Asks one target after another until one answers. Each attempt translates the client's request anew,
 * and none is made once an answer has said something. A call that may have been received is only
 * sent again where the pool says so, and within its budget of retries.
 */
export async function failOver(call: Call, asked: BalancedCall): Promise<Reply> {
  const { pool, among } = asked;
  const { picker, health, budget } = pool.state;
  const known = pool.facts(call, asked.prompt);
  const facts = known instanceof Promise ? await known : known;
  budget.called(performance.now());
  const tried: number[] = [];
  let left: Left | undefined;
  let barred: { readonly targets: readonly number[]; readonly by: Refusal } | undefined;
  for (;;) {
    const nowMs = performance.now();
    const all = left ? remaining(asked, tried, left) : among;
    const open = barred ? without(all, barred.targets) : all;
    if (barred && open.length === 0 && !left) return refuse(call.record, barred.by);
    const usable = open.length > 0 ? health.usable(open, nowMs) : open;
    if (usable.length === 0) {
      if (!left) throw allUnavailable(health.outage(among, nowMs));
      break;
    }
    const target = picker.pick(usable, { ...facts, nowMs });
    if (target === undefined) {
      if (!left) throw new GatewayError("invalid_request", pool.unfit);
      break;
    }
    if (left && !mayAsk(asked, left, tried.includes(target))) break;
    const refusal = call.admit && (await call.admit(targetInQuestion(call, asked, target)));
    if (refusal) {
      barred = { targets: [...(barred?.targets ?? []), target], by: refusal };
      continue;
    }
    if (left) noteLeaving(left, call);
    tried.push(target);
    const result = await attemptTarget(call, asked, target);
    if (result.type === "answered") return result.reply;
    left = result;
    if (!movesOn(call, asked, left, tried.length)) break;
  }
  return lastWord(asked, left);
}

function without(targets: readonly number[], barred: readonly number[]): readonly number[] {
  return targets.filter((target) => !barred.includes(target));
}

function targetInQuestion(call: Call, { pool, requested, prompt }: BalancedCall, at: number) {
  const model = memberAt(pool, at).target.config.model;
  const requestedModel = typeof requested === "string" ? requested : (model.name ?? "");
  const { provider, options } = model;
  return { provider, options, requestedModel, prompt: call.prompt ?? prompt };
}

/** What may be tried next: those not tried yet, then all over again where the pool does that. */
function remaining({ pool, among }: BalancedCall, tried: readonly number[], left: Left) {
  const untried = among.filter((target) => !tried.includes(target));
  if (untried.length > 0 || !pool.asksAgain) return untried;
  // A certificate does not become good by being looked at again.
  return left.error?.code === "upstream_tls" ? [] : among;
}

/** Whether this failure is one that another target is asked for. */
function movesOn(call: Call, { pool }: BalancedCall, left: Left, attempts: number): boolean {
  const { failure } = left;
  if (attempts > pool.retries || call.client.hasLeft()) return false;
  if (!pool.criteria.has(failure.criterion)) return false;
  return !failure.sent || pool.resends || call.request.method !== "POST";
}

/** What was never sent burdens nobody, so asking another target is free. */
function mayAsk({ pool }: BalancedCall, { failure }: Left, isRepeat: boolean): boolean {
  if (!failure.sent && !isRepeat) return true;
  return pool.state.budget.spend(performance.now());
}

function noteLeaving({ entry, failure, error }: Left, { processState }: Call): void {
  if (entry) entry.left = failure.criterion;
  // Received and not answered: it may be worked on, and billed, all the same.
  if (failure.sent && error) processState.metrics.possibleDuplicates.add(1);
}

/** The last target's own words, when nobody is left to ask. */
function lastWord({ pool, among }: BalancedCall, left: Left | undefined): Reply {
  if (!left) throw new GatewayError("internal", "a call ended without an attempt");
  if (left.failure.criterion !== "http_429") {
    if (left.reply) return left.reply;
    throw left.error;
  }
  const nowMs = performance.now();
  const { rateLimited, waitMs } = pool.state.health.outage(among, nowMs);
  if (!rateLimited) {
    if (left.reply) return left.reply;
    throw left.error;
  }
  if (!left.reply) throw allUnavailable({ rateLimited, waitMs });
  const headers = HeaderMap.of(left.reply.headers);
  headers.delete("retry-after-ms");
  headers.set("retry-after", String(Math.ceil(waitMs / 1000)));
  return { ...left.reply, headers };
}

function allUnavailable({ rateLimited, waitMs }: Outage): GatewayError {
  const retryAfterMs = Math.max(1, waitMs);
  if (rateLimited) {
    const message = "every target is rate-limited by its provider; try again later";
    return new GatewayError("rate_limited", message, { retryAfterMs });
  }
  const message = "no target is available: each has failed too often and is left alone for a while";
  return new GatewayError("unavailable", message, { status: 500, retryAfterMs });
}
