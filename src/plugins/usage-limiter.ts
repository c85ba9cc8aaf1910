import type { Usage } from "../chat/usage.ts";
import { type AskedTarget, bothAdmit, type Refusal, refuse } from "../gateway/call/admission.ts";
import { pricesOf } from "../gateway/call/ai-record.ts";
import type { Call, Layer, Middleware } from "../gateway/call/call.ts";
import type { OperatorLog } from "../gateway/call/operator-log.ts";
import { estimatedTokens, whereItDecodes } from "../gateway/call/prompt.ts";
import type { Reply } from "../gateway/call/reply.ts";
import type { Charge, Counters } from "../limits/counters.ts";
import { windowKey } from "../limits/window.ts";
import { whenClosed } from "../telemetry/call-record.ts";
import { settledUsage } from "../telemetry/estimate.ts";
import {
  type AskedLimit,
  ask,
  type CallLimit,
  chargeOf,
  counted,
  measured,
  shown,
  type Wanted,
  writeLimits,
} from "./usage-limit.ts";

/** Which limits a call is counted in. */
export interface LimitSource {
  /** Those that can be told before a target is chosen. */
  early(call: Call): readonly CallLimit[];
  /** Whether a call goes no further, as these limits stand. */
  isOver(asked: readonly AskedLimit[], layers: readonly Layer[]): boolean;
  /** Those that a call to this target is counted in. */
  atTarget(call: Call, target: AskedTarget): readonly CallLimit[];
}

/** Limits of what calls use, and how they are held to them. */
export interface UsageLimiter {
  readonly source: LimitSource;
  readonly counters: Counters;
  /** What of a call's expected use is held before a target is asked. */
  readonly holds: "nothing" | "prompt" | "all";
  readonly answers: ReturnType<typeof answerLengths>;
  readonly hidesHeaders: boolean;
  /** Limits of this label count the request itself, before it is sent. */
  readonly requests?: RequestCount;
  /** What a finished call counts for limits by a function. */
  customCost(call: Call): number;
  refusal(call: Call, limits: readonly AskedLimit[]): Refusal;
  readonly operatorLog: OperatorLog;
}

export interface RequestCount {
  readonly label: string;
  readonly countsRefused: boolean;
  count(call: Call): number;
}

/** Longer than calls take: what is held for one whose gateway died goes back then. */
const LEASE_MS = 30 * 60_000;

/** What a call is counted in once it is over. */
interface Counting {
  readonly limits: readonly CallLimit[];
  /** Undefined where nothing is held for it. */
  readonly held: { readonly leaseId: string; readonly atMs: number } | undefined;
}

/** The limits of one call, from when it comes in until it is over. */
class CallLimiter {
  readonly #limiter: UsageLimiter;
  readonly #call: Call;
  /** How limits stood when they were asked last, by their label and window. */
  readonly #asked = new Map<string, AskedLimit>();
  /** Of the target that was asked last. */
  #counting: Counting | undefined;
  /** What the request counted by itself. */
  #queryCost: number | undefined;

  constructor(limiter: UsageLimiter, call: Call) {
    this.#limiter = limiter;
    this.#call = call;
    whenClosed(call.record, () => this.#settle());
  }

  /** Whether the call may begin. */
  async begin(layers: readonly Layer[]): Promise<Refusal | undefined> {
    const { source, requests } = this.#limiter;
    const early = source.early(this.#call);
    const own = requests ? early.filter(({ label }) => label === requests.label) : [];
    if (requests && own.length > 0) {
      const isWithin = await this.#chargeRequest(own, requests);
      if (!isWithin) return this.#refusal();
    }
    const others = own.length > 0 ? early.filter((limit) => !own.includes(limit)) : early;
    const { asked } = await this.#ask({ limits: others });
    return source.isOver(asked, layers) ? this.#refusal() : undefined;
  }

  /** Counts a request before it is sent. */
  async #chargeRequest(limits: readonly CallLimit[], requests: RequestCount): Promise<boolean> {
    const amount = counted(requests.count(this.#call), "function");
    const nowMs = Date.now();
    this.#queryCost = amount;
    const { granted } = await this.#ask({ limits, amounts: limits.map(() => amount) }, amount);
    if (!granted && requests.countsRefused) {
      const charges = limits.map((limit) => chargeOf(limit, amount, nowMs));
      await this.#limiter.counters.add(charges, nowMs);
    }
    return granted;
  }

  /** Whether a target may be asked; what the call may use of it is held where that is known. */
  async admit(target: AskedTarget): Promise<Refusal | undefined> {
    const { source, holds } = this.#limiter;
    await this.#giveBack();
    const limits = source.atTarget(this.#call, target);
    if (limits.length === 0) return undefined;
    const expected = holds === "nothing" ? undefined : this.#expectedUsage(target);
    const amounts = limits.map(({ measure }) =>
      expected ? Math.ceil(measured(measure, expected, pricesOf(target.options))) : 0,
    );
    const atMs = Date.now();
    const lease = amounts.some((amount) => amount > 0)
      ? { id: crypto.randomUUID(), untilMs: atMs + LEASE_MS }
      : undefined;
    const { granted } = await this.#ask({ limits, amounts, lease });
    if (!granted) return this.#refusal();
    this.#counting = { limits, held: lease && { leaseId: lease.id, atMs } };
    // The call may have ended while a store was asked, and nothing settles it any more.
    if (this.#call.record.endedAtMs !== undefined) await this.#giveBack();
    return undefined;
  }

  /** What a call will use, as far as it can be told: the prompt, and the longest answer. */
  #expectedUsage(target: AskedTarget): Usage {
    const { holds, answers } = this.#limiter;
    const { prompt } = target;
    const promptTokens = estimatedTokens(prompt, prompt.stream);
    const completionTokens = holds === "all" ? (longestAnswer(target) ?? answers.usual()) : 0;
    return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
  }

  /** `shownAs` is what headers already take off what is left. */
  async #ask(wanted: Wanted, shownAs = 0) {
    if (wanted.limits.length === 0) return { granted: true, asked: [] };
    const answer = await ask(this.#limiter.counters, wanted, Date.now());
    for (const one of answer.asked) {
      const { label, window } = one.limit;
      this.#asked.set(`${windowKey(window)} ${label}`, { ...one, taken: shownAs });
    }
    return answer;
  }

  async #giveBack(): Promise<void> {
    const held = this.#counting?.held;
    this.#counting = undefined;
    if (held) await this.#limiter.counters.settle(held.leaseId, [], Date.now());
  }

  /** The call is over: what it used takes the place of what was held. */
  #settle(): void {
    const { counters, operatorLog, answers } = this.#limiter;
    const { record } = this.#call;
    const { ai } = record;
    if (!this.#counting) return;
    const { limits, held } = this.#counting;
    this.#counting = undefined;
    const nowMs = Date.now();
    const usage = ai && settledUsage(record, ai);
    if (usage && usage.completionTokens > 0) answers.saw(usage.completionTokens);
    const isServed = (usage?.totalTokens ?? 0) > 0 || record.response?.status === 200;
    const charges = limits.map((limit): Charge => {
      const byFunction = limit.measure === "function";
      const used = byFunction
        ? isServed
          ? counted(this.#limiter.customCost(this.#call), "function")
          : 0
        : usage
          ? measured(limit.measure, usage, ai.prices)
          : 0;
      return chargeOf(limit, used, held?.atMs ?? nowMs);
    });
    const counting = held
      ? counters.settle(held.leaseId, charges, nowMs)
      : counters.add(charges, nowMs);
    if (counting) {
      counting.catch((cause: unknown) => {
        operatorLog.say("error", `what a call used was not counted: ${String(cause)}`);
      });
    }
  }

  #refusal(): Refusal {
    return this.#limiter.refusal(this.#call, [...this.#asked.values()]);
  }

  /** Says on an answer how the limits stood before it. */
  write({ headers }: Reply): void {
    if (this.#limiter.hidesHeaders) return;
    writeLimits(headers, [...this.#asked.values()], false);
    if (this.#queryCost === undefined) return;
    headers.set("X-AI-RateLimit-Query-Cost", shown(this.#queryCost, "cost"));
  }
}

/** The cap that the request or the target sets, for all answers that were asked for together. */
function longestAnswer({ prompt, options }: AskedTarget): number | undefined {
  // Of a large body only the outline is at hand, and texts for vectors are no chat.
  const chat = prompt.large ? undefined : whereItDecodes(() => prompt.chat());
  const cap = Math.max(chat?.maxTokens ?? 0, options.max_tokens ?? 0);
  return cap > 0 ? cap * (chat?.choiceCount ?? 1) : undefined;
}

/** How long answers are here, for calls that set no cap. */
export function answerLengths() {
  let usual = 0;
  return {
    usual: () => Math.ceil(usual),
    /** Longer answers are believed at once, shorter ones little by little. */
    saw(tokens: number): void {
      usual = tokens > usual ? tokens : usual * 0.9 + tokens * 0.1;
    },
  };
}

/** Holds calls to limits of what they use. */
export function limitingUsage(limiter: UsageLimiter): Middleware {
  return async (call, next, layers) => {
    const limits = new CallLimiter(limiter, call);
    const refusal = await limits.begin(layers);
    if (refusal) return refuse(call.record, refusal);
    const admit = bothAdmit(call.admit, (target) => limits.admit(target));
    const reply = await next({ ...call, admit });
    limits.write(reply);
    return reply;
  };
}
