import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { bothAdmit, type Refusal } from "../../gateway/call/admission.ts";
import { asksForTokenCount, formatFor } from "../../gateway/call/asked-format.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import { errorReply } from "../../gateway/call/error-reply.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import { localCounters } from "../../limits/local-counters.ts";
import type { Window } from "../../limits/window.ts";
import { noteFigures } from "../../telemetry/call-record.ts";
import { definePlugin } from "../define-plugin.ts";
import { type AskedLimit, type CallLimit, counted, isUsedUp, shownLimit } from "../usage-limit.ts";
import { answerLengths, limitingUsage } from "../usage-limiter.ts";
import { repeatedCall } from "./repeated-call.ts";
import { FORGOTTEN_AFTER_MS, ownerOfRuns, type Run, Runs } from "./runs.ts";

/** Claude Code's, Codex' of two releases, and what OpenCode and others write. */
const SESSION_HEADERS = ["x-claude-code-session-id", "session-id", "session_id", "x-session-id"];

const agentRunOptions = z
  .strictObject({
    cost: z
      .number()
      .positive()
      .optional()
      .describe("Money that a run may cost; no end unless set."),
    calls: z.int().positive().optional().describe("Calls that a run may make; no end unless set."),
    minutes: z
      .number()
      .positive()
      .optional()
      .describe("Minutes from a run's first call in which it may go on; no end unless set."),
    loops: z
      .int()
      .positive()
      .optional()
      .describe(
        "How often in a row a run may call one tool with the same arguments; no end unless set.",
      ),
    headers: z
      .array(z.string().min(1))
      .min(1)
      .default(SESSION_HEADERS)
      .describe(
        "Headers that name the session; the first that a call has. Without one it is in no run.",
      ),
    spent_status: z
      .union([z.literal(402), z.literal(429)])
      .optional()
      .describe(
        "Status of a refusal; unless set, the one that clients of the caller's dialect stop at.",
      ),
  })
  .superRefine(({ cost, calls, minutes, loops }, context) => {
    if ([cost, calls, minutes, loops].some((one) => one !== undefined)) return;
    const message =
      "at least one of these fields must be non-empty: 'cost', 'calls', 'minutes', 'loops'";
    context.addIssue({ code: "custom", message, path: ["@entity"] });
  });

type Options = z.output<typeof agentRunOptions>;

/** Payment Required; RFC 9110 §15.5.3 leaves its use open. */
const SPENT_STATUS = 402;

/** What `run` of the short form compiles into. */
export const agentRun = definePlugin({
  name: "agent-run",
  priority: 903,
  about: "Ends runs of agents that cost too much, go on for too long, or turn in a circle.",
  options: agentRunOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create(options, { processState }) {
    const { kept, operatorLog } = processState;
    // Clients name them, so they have counters of their own: made-up names push nobody's budget out.
    const state = kept.keep("agent runs", () => ({ runs: new Runs(), counters: localCounters() }));
    const { runs, counters } = state.value;
    const runOf = new WeakMap<Call["record"], Run>();
    const limits = ({ record }: Call) => limitsOf(runOf.get(record), options);
    const limited = limitingUsage({
      // How a run stands is asked with its target: then the client's dialect is known.
      source: { early: () => [], isOver: () => false, atTarget: limits },
      counters,
      holds: "all",
      answers: answerLengths(),
      hidesHeaders: true,
      customCost: () => 0,
      refusal: (call, asked) => refusal(spent(asked), options, call),
      operatorLog,
    });
    const handle: Middleware = async (call, next, layers) => {
      const session = sessionOf(call, options);
      // A client that is refused the length of a prompt takes it for a fault, and nothing is spent on it.
      if (session === undefined || asksForTokenCount(call)) return next(call);
      const nowMs = Date.now();
      const run = runs.at(ownerOfRuns(call), session, nowMs);
      runOf.set(call.record, run);
      noteFigures(call.record, "agent-run", { session });
      const admit = bothAdmit(call.admit, ({ prompt }) => {
        const why = overTime(run, nowMs, options) ?? inCircle(prompt, options);
        return why === undefined ? undefined : refusal(why, options, { ...call, prompt });
      });
      return limited({ ...call, admit }, next, layers);
    };
    return { handle, close: async () => void state.release() };
  },
});

function sessionOf({ request }: Call, { headers }: Options): string | undefined {
  for (const name of headers) {
    const session = request.headers.get(name)?.trim();
    if (session) return session;
  }
  return undefined;
}

/** Longer than runs are: what a run used counts until it is forgotten. */
const WHOLE_RUN: Window = { type: "fixed", sizeSeconds: 100 * 365 * 86_400 };

function limitsOf(run: Run | undefined, { cost, calls }: Options): readonly CallLimit[] {
  if (!run) return [];
  const { key } = run;
  const limit = (measure: "cost" | "calls", most: number): CallLimit => ({
    label: "run",
    window: WHOLE_RUN,
    measure,
    limit: counted(most, measure),
    key: `${measure} ${key}`,
  });
  return [
    ...(cost === undefined ? [] : [limit("cost", cost)]),
    ...(calls === undefined ? [] : [limit("calls", calls)]),
  ];
}

function spent(asked: readonly AskedLimit[]): string {
  const [first] = asked.filter(isUsedUp);
  if (first?.limit.measure === "calls")
    return `it has made the ${shownLimit(first.limit)} calls that it may make`;
  const most = first ? shownLimit(first.limit) : "";
  return `the ${most} that it may cost are spent, or this call may cost more than is left of them`;
}

function overTime({ startedMs }: Run, nowMs: number, { minutes }: Options): string | undefined {
  if (minutes === undefined || nowMs - startedMs < minutes * 60_000) return undefined;
  return `the ${minutes} minutes that it may take are over`;
}

function inCircle(prompt: Prompt, { loops }: Options): string | undefined {
  if (loops === undefined) return undefined;
  const repeated = repeatedCall(prompt);
  if (!repeated || repeated.times <= loops) return undefined;
  const { name, times } = repeated;
  return `it has called the tool '${name}' with the same arguments ${times} times in a row, and may ${loops} times`;
}

function refusal(why: string, options: Options, call: Call): Refusal {
  const format = formatFor(call);
  const remedy =
    "Begin a new session to go on; this one is forgotten after 24 hours without a call.";
  noteFigures(call.record, "agent-run", { session: sessionOf(call, options), ended: why });
  const error = new GatewayError(
    "budget_exhausted",
    `This run of an agent is over: ${why}. ${remedy}`,
    {
      status: options.spent_status ?? format.spentStatus ?? SPENT_STATUS,
      retryAfterMs: FORGOTTEN_AFTER_MS,
    },
  );
  const reply = errorReply(error, format, call.id);
  // Agents ask again by themselves, and nothing would be better then.
  reply.headers.set("x-should-retry", "false");
  return { reply, error };
}
