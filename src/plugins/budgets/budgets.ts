import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import type { Refusal } from "../../gateway/call/admission.ts";
import { asksForTokenCount, formatFor } from "../../gateway/call/asked-format.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import { errorReply } from "../../gateway/call/error-reply.ts";
import type { Window } from "../../limits/window.ts";
import { definePlugin } from "../define-plugin.ts";
import { openCounters } from "../open-counters.ts";
import {
  type AskedLimit,
  type CallLimit,
  counted,
  isUsedUp,
  shownLimit,
  writeLimits,
} from "../usage-limit.ts";
import { answerLengths, type LimitSource, limitingUsage } from "../usage-limiter.ts";
import { redisSchema } from "../vectordb-schema.ts";

/** Money is counted in whole windows, as bills are; speed in sliding ones, so that no boundary lets twice as much pass. */
const PERIODS = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
  month: "month",
  year: "year",
} as const;

export const BUDGET_PERIODS = Object.keys(PERIODS) as readonly (keyof typeof PERIODS)[];

const budgetSchema = z.strictObject({
  of: z.enum(["key", "team"]).describe("Whether one key has it, or several share it."),
  name: z.string().min(1).describe("What the key or the team is called."),
  consumers: z.array(z.string().min(1)).min(1).describe("Usernames of those who use it up."),
  counts: z.enum(["cost", "total_tokens", "calls"]).describe("What is counted."),
  limit: z.number().min(0).describe("How much of it, in a period."),
  per: z.enum(BUDGET_PERIODS).describe("The period; days, months and years are UTC's."),
});

type Budget = z.output<typeof budgetSchema>;

const budgetsOptions = z.strictObject({
  budgets: z.array(budgetSchema).min(1).describe("What callers may use."),
  redis: redisSchema
    .optional()
    .describe("Where gateways that share the budgets count; each for itself, unless set."),
  spent_status: z
    .union([z.literal(402), z.literal(429)])
    .optional()
    .describe(
      "Status of a refusal for want of money; unless set, the one that clients of the caller's dialect stop at.",
    ),
});

/** Payment Required; RFC 9110 §15.5.3 leaves its use open. */
const SPENT_STATUS = 402;

type Options = z.output<typeof budgetsOptions>;

/** What `budget`, `limit` and `teams` of the short form compile into. */
export const budgets = definePlugin({
  name: "budgets",
  priority: 904,
  about: "Lets keys and teams use so much money, so many tokens and so many calls in a time.",
  options: budgetsOptions,
  scopes: ["route", "service"],
  create(options, { processState }) {
    const { operatorLog } = processState;
    const { redis } = options;
    const shared = redis && { redis, namespace: "budgets", syncSeconds: 0 };
    const { counters, release } = openCounters(processState, shared);
    const limits = limitsByConsumer(options);
    const limit = limitingUsage({
      source: sourceOf(limits),
      counters,
      holds: "all",
      answers: answerLengths(),
      hidesHeaders: false,
      customCost: () => 0,
      refusal: (call, asked) => refusal(call, asked, options),
      operatorLog,
    });
    // A client that is refused the length of a prompt takes it for a fault, and nothing is spent on it.
    const handle: Middleware = (call, next, layers) =>
      asksForTokenCount(call) ? next(call) : limit(call, next, layers);
    return { handle, close: release };
  },
});

interface BudgetLimit extends CallLimit {
  readonly budget: Budget;
}

/** One counter for each budget, whichever route a call takes. */
function limitsByConsumer({ budgets: all }: Options): ReadonlyMap<string, readonly BudgetLimit[]> {
  const limits = new Map<string, BudgetLimit[]>();
  for (const budget of all) {
    const { of, name, counts, per } = budget;
    const limit = {
      budget,
      label: of,
      measure: counts,
      window: windowOf(budget),
      limit: counted(budget.limit, counts),
      key: `budget|${of}|${counts}|${per}|${name}`,
    };
    for (const consumer of budget.consumers) {
      limits.set(consumer, [...(limits.get(consumer) ?? []), limit]);
    }
  }
  return limits;
}

function windowOf({ per, counts }: Budget): Window {
  const size = PERIODS[per];
  if (typeof size === "string") return { type: "calendar", period: size };
  return { type: counts === "cost" ? "fixed" : "sliding", sizeSeconds: size };
}

function sourceOf(limits: ReadonlyMap<string, readonly BudgetLimit[]>): LimitSource {
  const ofCall = ({ consumer }: Call) => limits.get(consumer?.username ?? "") ?? [];
  return {
    early: ofCall,
    isOver: (asked) => asked.some(isUsedUp),
    atTarget: ofCall,
  };
}

function refusal(call: Call, asked: readonly AskedLimit[], options: Options): Refusal {
  const format = formatFor(call);
  const usedUp = asked.filter(isUsedUp);
  const waitSeconds = Math.max(1, ...usedUp.map(({ standing }) => standing.waitSeconds ?? 1));
  const isSpent = usedUp.some(({ limit }) => limit.measure === "cost");
  const status = options.spent_status ?? format.spentStatus ?? SPENT_STATUS;
  const error = new GatewayError(
    isSpent ? "budget_exhausted" : "rate_limited",
    usedUp.map(({ limit }) => sentence(limit, waitSeconds)).join(" "),
    { retryAfterMs: waitSeconds * 1000, ...(isSpent && { status }) },
  );
  const reply = errorReply(error, format, call.id);
  writeLimits(reply.headers, asked, true);
  // Money does not come back by being asked again.
  if (isSpent) reply.headers.set("x-should-retry", "false");
  return { reply, error };
}

const WORDS = { total_tokens: "tokens", calls: "calls" } as const;

function sentence(limit: CallLimit, waitSeconds: number): string {
  const { budget } = limit as BudgetLimit;
  const { of, name, counts, per } = budget;
  const amount = shownLimit(limit);
  const whose = `${of} '${name}'`;
  if (counts === "cost") {
    const resets = new Date(Date.now() + waitSeconds * 1000).toISOString().slice(0, 16);
    return `The budget of ${whose} is used up, or this call may cost more than is left of it: ${amount} a ${per}. There is room again at ${resets} UTC.`;
  }
  return `The limit of ${whose} is reached: ${amount} ${WORDS[counts]} a ${per}. Try again in ${waitSeconds} s.`;
}
