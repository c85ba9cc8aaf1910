import type { Usage } from "../../chat/usage.ts";
import { type AskedTarget, type Refusal, refuse } from "../../gateway/call/admission.ts";
import { pricesOf } from "../../gateway/call/ai-record.ts";
import type { Call, Layer } from "../../gateway/call/call.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import { estimatedTokens } from "../../gateway/call/prompt.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import type { Charge, Counters } from "../../limits/counters.ts";
import { windowKey } from "../../limits/window.ts";
import { whenClosed } from "../../telemetry/call-record.ts";
import { settledUsage } from "../../telemetry/estimate.ts";
import {
  type AskedLimit,
  ask,
  type CallLimit,
  chargeOf,
  refusal,
  writeLimits,
} from "./call-limits.ts";
import type { CountFunctions } from "./count-functions.ts";
import { counted, measured, shown } from "./limit.ts";
import type { RateLimitOptions } from "./options.ts";
import type { LimitSource } from "./sources.ts";

export interface Limiter {
  readonly options: RateLimitOptions;
  readonly source: LimitSource;
  readonly counters: Counters;
  readonly functions: CountFunctions;
  readonly answers: ReturnType<typeof answerLengths>;
  readonly operatorLog: OperatorLog;
}

/** What is held for a call until it is over. */
interface Held {
  readonly limit: CallLimit;
  readonly amount: number;
  readonly atMs: number;
}

/** The limits of one call, from when it comes in until it is over. */
export class CallLimiter {
  readonly #limiter: Limiter;
  readonly #call: Call;
  /** How limits stood when they were asked last, by their label and window. */
  readonly #asked = new Map<string, AskedLimit>();
  /** Of the target that was asked last. */
  #held: readonly Held[] = [];
  /** What the request counted by itself. */
  #queryCost: number | undefined;

  constructor(limiter: Limiter, call: Call) {
    this.#limiter = limiter;
    this.#call = call;
    whenClosed(call.record, () => this.#settle());
  }

  /** Whether the call may begin. */
  async begin(layers: readonly Layer[]): Promise<Refusal | undefined> {
    const { source, functions } = this.#limiter;
    const early = source.early(this.#call);
    const own = early.filter(({ label }) => label === "requestPrompt");
    if (own.length > 0) {
      const amount = counted(functions.requestPrompt(this.#call), "function");
      const isWithin = await this.#chargeRequest(own, amount);
      if (!isWithin) return this.#refusal();
    }
    const others = early.filter((limit) => !own.includes(limit));
    const asked = await this.#ask(others, []);
    return source.isOver(asked.asked, layers) ? this.#refusal() : undefined;
  }

  /** Counts a request before it is sent. One that is refused counts all the same, unless that is switched off. */
  async #chargeRequest(limits: readonly CallLimit[], amount: number): Promise<boolean> {
    const { options, counters } = this.#limiter;
    const nowMs = Date.now();
    const amounts = limits.map(() => amount);
    const { granted } = await this.#ask(limits, amounts, amount);
    this.#queryCost = amount;
    if (granted) return true;
    if (!options.disable_penalty || options.window_type === "fixed") {
      await counters.add(
        limits.map((limit) => chargeOf(limit, amount, nowMs)),
        nowMs,
      );
    }
    return false;
  }

  /** Whether a target may be asked; what the call may use of it is held where that is known. */
  async admit(target: AskedTarget): Promise<Refusal | undefined> {
    const { source, options } = this.#limiter;
    await this.#giveBack();
    const limits = source.atTarget(this.#call, target);
    if (limits.length === 0) return undefined;
    const isHeld = options.reserve || source.estimates;
    const expected = isHeld ? this.#expectedUsage(target) : undefined;
    const amounts = limits.map(({ measure }) =>
      expected ? Math.ceil(measured(measure, expected, pricesOf(target.options))) : 0,
    );
    const atMs = Date.now();
    const { granted } = await this.#ask(limits, amounts);
    if (!granted) return this.#refusal();
    this.#held = limits.map((limit, at) => ({ limit, amount: amounts[at] ?? 0, atMs }));
    return undefined;
  }

  /** What a call will use, as far as it can be told: the prompt, and with `reserve` the longest answer. */
  #expectedUsage(target: AskedTarget): Usage {
    const { options, answers } = this.#limiter;
    const { prompt } = target;
    const promptTokens = estimatedTokens(prompt, prompt.stream);
    const completionTokens = options.reserve ? (longestAnswer(target) ?? answers.usual()) : 0;
    return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
  }

  /** `shownAs` is what headers already take off what is left. */
  async #ask(limits: readonly CallLimit[], amounts: readonly number[], shownAs = 0) {
    if (limits.length === 0) return { granted: true, asked: [] };
    const answer = await ask(this.#limiter.counters, limits, amounts, Date.now());
    for (const one of answer.asked) {
      const { label, window } = one.limit;
      this.#asked.set(`${windowKey(window)} ${label}`, { ...one, taken: shownAs });
    }
    return answer;
  }

  async #giveBack(): Promise<void> {
    const held = this.#held.filter(({ amount }) => amount > 0);
    this.#held = [];
    if (held.length === 0) return;
    const charges = held.map(({ limit, amount, atMs }) => chargeOf(limit, -amount, atMs));
    await this.#limiter.counters.add(charges, Date.now());
  }

  /** The call is over: what it used takes the place of what was held. */
  #settle(): void {
    const { counters, functions, operatorLog, answers } = this.#limiter;
    const { record } = this.#call;
    const { ai } = record;
    if (this.#held.length === 0) return;
    const nowMs = Date.now();
    const usage = ai && settledUsage(record, ai);
    if (usage && usage.completionTokens > 0) answers.saw(usage.completionTokens);
    const isServed = (usage?.totalTokens ?? 0) > 0 || record.response?.status === 200;
    const charges = this.#held.map(({ limit, amount, atMs }): Charge => {
      const byFunction = limit.measure === "function";
      const used = byFunction
        ? isServed
          ? counted(functions.customCost(this.#call), "function")
          : 0
        : usage
          ? measured(limit.measure, usage, ai.prices)
          : 0;
      return chargeOf(limit, used - amount, amount > 0 ? atMs : nowMs);
    });
    this.#held = [];
    const added = counters.add(charges, nowMs);
    if (added) {
      added.catch((cause: unknown) => {
        operatorLog.say("error", `what a call used was not counted: ${String(cause)}`);
      });
    }
  }

  #refusal(): Refusal {
    return refusal(this.#call, this.#limiter.options, [...this.#asked.values()]);
  }

  /** Ends the call with a refusal. */
  refuse(refused: Refusal): Reply {
    return refuse(this.#call.record, refused);
  }

  /** Says on an answer how the limits stood before it. */
  write({ headers }: Reply): void {
    if (this.#limiter.options.hide_client_headers) return;
    writeLimits(headers, [...this.#asked.values()], false);
    if (this.#queryCost === undefined) return;
    headers.set("X-AI-RateLimit-Query-Cost", shown(this.#queryCost, "cost"));
  }
}

/** The cap that the request or the target sets, for all answers that were asked for together. */
function longestAnswer({ prompt, options }: AskedTarget): number | undefined {
  // Of a large body only the outline is at hand.
  const chat = prompt.large ? undefined : prompt.chat();
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
