import { GatewayError } from "../../chat/error.ts";
import { isModelAnswer, observe, replayed } from "../../gateway/answer/observed-answer.ts";
import type { Call, Middleware, Next } from "../../gateway/call/call.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { latencySince, noteFigures, whenClosed } from "../../telemetry/call-record.ts";
import { cost } from "../../telemetry/cost.ts";
import type { AnswerCache, Found, Hit, Look, Refusal } from "./answer-cache.ts";
import { askedIn, modelAskedFor } from "./asked-call.ts";
import { type CacheControl, readCacheControl } from "./cache-control.ts";
import { type Figures, noted, type Status } from "./figures.ts";
import type { Flights } from "./flights.ts";
import type { Compared } from "./judge.ts";
import { isKeepable, type KeptAnswer } from "./kept-answer.ts";
import type { SemanticCacheOptions } from "./options.ts";
import { rulesByModel } from "./rules.ts";
import { saidIn, whenOver } from "./whole-answer.ts";

export interface CachingSource {
  readonly cache: AnswerCache;
  readonly flights: Flights;
  readonly options: SemanticCacheOptions;
  readonly instanceId: string;
  /** Told of each answer that was near in meaning, and not given. */
  onRefusal(reason: Refusal["reason"]): void;
  /** Told of each answer that the cache would have given, where it only watches. */
  onShadow(compared: Compared, isSameText: boolean, call: Call): void;
}

const NOT_LOOKED_FOR: Found = { refusals: [] };

const NOTHING_USED = { promptTokens: 0, completionTokens: 0, totalTokens: 0 } as const;

/** Answers calls from the cache, and keeps what the model answers to the others. */
export function cachingAnswers(source: CachingSource): Middleware {
  const { cache, flights, options, instanceId, onRefusal, onShadow } = source;
  const rulesFor = rulesByModel(options);
  const heeded = (header: string | null) => readCacheControl(options.cache_control ? header : null);

  return async (call, next) => {
    const model = modelAskedFor(call);
    const rules = rulesFor(model);
    if (!rules) return next(call);
    const control = heeded(call.request.headers.get("cache-control"));
    const asked = control.noStore ? undefined : askedIn(call, model, options, instanceId);
    if (!asked) return bypassed(call, next);
    const look = cache.asked(asked.question, asked.partition, rules);
    if (call.isRehearsal) return rehearsed(look, call, next);
    const startedAtMs = performance.now();
    const isRefresh = control.noCache || control.maxAge === 0;
    let found: Found;
    try {
      found = isRefresh ? NOT_LOOKED_FOR : await cache.find(look, control.maxAge);
    } catch (cause) {
      if (options.stop_on_failure) throw notLookedUp(cause);
      return bypassed(call, next, look, { store_error: reasonOf(cause) });
    }
    const { hit, refusals } = found;
    for (const { reason } of refusals) onRefusal(reason);
    const looked: Partial<Figures> = {
      fetch_latency: latencySince(startedAtMs),
      ...(refusals.length > 0 && { refused: refusals }),
    };
    if (hit && rules.shadow) return watched(hit, look, call, next, looked);
    if (hit) return answered(hit, look, call, looked);
    if (control.onlyIfCached) throw notThere();
    const flight = options.single_flight && !isRefresh ? flights.join(look.key) : undefined;
    const joined = await flight;
    if (joined) return answered(joinedHit(joined, look), look, call, { ...looked, joined: true });
    const status = isRefresh ? "Refresh" : "Miss";
    const figures = noted(call, status, options, look, looked);
    return withStatus(await asking(look, call, next, figures), status, { "x-cache-key": look.key });
  };

  async function bypassed(call: Call, next: Next, look?: Look, more?: Partial<Figures>) {
    noted(call, "Bypass", options, look, more);
    return withStatus(await next(call), "Bypass");
  }

  function answered(hit: Hit, look: Look, call: Call, looked: Partial<Figures>): Reply {
    const { ageSeconds, distance, kept, key, leftSeconds } = hit;
    noted(call, "Hit", options, look, { ...looked, distance, cost_savings: kept.cost });
    noteNothingUsed(call, kept);
    return withStatus(replayed(kept.response), "Hit", {
      "x-cache-key": key,
      "x-cache-ttl": String(leftSeconds),
      age: String(ageSeconds),
    });
  }

  /** Asks the model, and keeps its answer; whoever asks the same meanwhile may wait for it. */
  async function asking(look: Look, call: Call, next: Next, figures: Figures): Promise<Reply> {
    if (!options.single_flight) return keeping(await next(call), look, call, figures, () => {});
    const { land } = flights.begin(look.key);
    // Whatever becomes of the answer on its way out, nobody waits for it longer than its own client.
    whenClosed(call.record, land);
    try {
      return keeping(await next(call), look, call, figures, land);
    } catch (thrown) {
      land();
      throw thrown;
    }
  }

  function keeping(
    reply: Reply,
    look: Look,
    call: Call,
    figures: Figures,
    land: (kept?: KeptAnswer) => void,
  ): Reply {
    const control = heeded(reply.headers.get("cache-control"));
    const ttlSeconds = ttlOf(control, look.rules.ttlSeconds);
    if (reply.status !== 200 || !isModelAnswer(reply) || ttlSeconds <= 0) {
      land();
      return reply;
    }
    const observer = whenOver((response) => {
      const { ai } = call.record;
      if (!response || !isKeepable(response)) return land();
      const spent = ai && response.usage ? cost(response.usage, ai.prices) : 0;
      const kept = { text: look.question.text, response, cost: spent };
      land(kept);
      // Nobody waits for it: the client has its answer.
      cache.keep(look, kept, ttlSeconds).catch((cause: unknown) => {
        figures.store_error = reasonOf(cause);
      });
    });
    return observe(reply, observer);
  }

  /** The model is asked all the same, and what it says held against what would have been given. */
  async function watched(
    { distance, kept, key }: Hit,
    look: Look,
    call: Call,
    next: Next,
    looked: Partial<Figures>,
  ): Promise<Reply> {
    const shadow: NonNullable<Figures["shadow"]> = { key, distance };
    noted(call, "Miss", options, look, { ...looked, shadow });
    const reply = withStatus(await next(call), "Miss", { "x-cache-key": look.key });
    if (reply.status !== 200 || !isModelAnswer(reply)) return reply;
    const observer = whenOver((response) => {
      if (!response) return;
      const compared = {
        question: look.question.text,
        kept: saidIn(kept.response),
        given: saidIn(response),
      };
      shadow.same_text = compared.kept === compared.given;
      onShadow(compared, shadow.same_text, call);
    });
    return observe(reply, observer);
  }
}

/** Nobody is asked for a vector: only what would be looked up is told. */
function rehearsed({ key, question, rules }: Look, call: Call, next: Next): Promise<Reply> {
  const { ttlSeconds, threshold, verify, shadow } = rules;
  const found = { question: question.text, key, ttl: ttlSeconds, threshold, verify, shadow };
  noteFigures(call.record, "proxy.cache", found);
  return next(call);
}

/** No model was asked for this call. */
function noteNothingUsed({ record: { ai } }: Call, { response }: KeptAnswer): void {
  if (!ai) return;
  ai.usage = NOTHING_USED;
  ai.firstTokenAtMs = performance.now();
  ai.isFinished = true;
  if (response.model !== "") ai.responseModel = response.model;
}

function joinedHit(kept: KeptAnswer, { key, rules }: Look): Hit {
  return { key, kept, ageSeconds: 0, leftSeconds: rules.ttlSeconds, distance: 0 };
}

function withStatus(reply: Reply, status: Status, more: Record<string, string> = {}): Reply {
  reply.headers.set("x-cache-status", status);
  for (const [name, value] of Object.entries(more)) reply.headers.set(name, value);
  return reply;
}

function ttlOf(said: CacheControl, ownSeconds: number): number {
  if (said.noStore || said.noCache || said.isPrivate) return 0;
  return said.sharedMaxAge ?? said.maxAge ?? ownSeconds;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function notLookedUp(cause: unknown): GatewayError {
  return new GatewayError("internal", "failed to query semantic cache", { cause });
}

function notThere(): GatewayError {
  const message = "no answer is cached, and the request wants no other (only-if-cached)";
  return new GatewayError("upstream_timeout", message, { status: 504 });
}
