import type { Target } from "../../providers/target.ts";
import type { Criterion, Failure } from "../../routing/balance/failure.ts";
import type { Health, HealthChange } from "../../routing/balance/health.ts";
import type { Picker, PickFacts } from "../../routing/balance/picker.ts";
import type { retryBudget } from "../../routing/balance/retry-budget.ts";
import { printable } from "../../telemetry/log-file.ts";
import type { Call } from "../call/call.ts";
import type { ProxySettings } from "../call/plan.ts";
import type { Prompt } from "../call/prompt.ts";
import type { Clocks } from "../call/upstream.ts";

/** One of several targets. */
export interface PoolMember {
  readonly target: Target;
  readonly weight: number;
}

/** What a pool has learnt of its targets; it may outlive a configuration. */
export interface PoolState {
  readonly picker: Picker;
  readonly health: Health;
  readonly budget: ReturnType<typeof retryBudget>;
}

/** Several targets behind one name: any of them may answer a call. Targets are named by their place. */
export interface TargetPool {
  readonly members: readonly PoolMember[];
  readonly state: PoolState;
  readonly settings: ProxySettings;
  /** Attempts after the first. */
  readonly retries: number;
  /** What moves a call to another target. */
  readonly criteria: ReadonlySet<Criterion>;
  /** Whether a request that may have been received is sent again, though it is a POST. */
  readonly resends: boolean;
  /** Whether a target may be tried again once every other was. */
  readonly asksAgain: boolean;
  /** The clocks of an attempt, from those of the gateway. */
  clocks(base: Clocks): Clocks;
  /** What the algorithm wants to know of the call, beside the time. Throws a `GatewayError`. */
  facts(call: Call, prompt: Prompt): Omit<PickFacts, "nowMs"> | Promise<Omit<PickFacts, "nowMs">>;
  /** What to say where the algorithm finds no target that fits. */
  readonly unfit: string;
}

export function memberAt({ members }: TargetPool, at: number): PoolMember {
  const member = members[at];
  if (!member) throw new RangeError(`a pool of ${members.length} has no target ${at}`);
  return member;
}

/** A call for one of several targets. */
export interface BalancedCall {
  readonly pool: TargetPool;
  /** The targets that may answer it. */
  readonly among: readonly number[];
  readonly prompt: Prompt;
  /** What the client wrote as `model`, where the targets are to check it. */
  readonly requested: unknown;
  readonly stream: boolean;
  readonly parsedAtMs: number;
  /** Absent where the vendor's count is asked for. */
  readonly estimatedPromptTokens?: number;
}

/** The end of an attempt that has changed what becomes of its target. */
interface Turn {
  readonly pool: TargetPool;
  readonly target: number;
  readonly call: Call;
  /** Absent where it went well, or broke in the middle. */
  readonly failure: Failure | undefined;
}

const SENTENCES: Readonly<Record<HealthChange, (rest: string) => string>> = {
  breaker_opened: (rest) => `has failed too often: not called ${rest}`,
  breaker_closed: () => "answers again: called as before",
  target_ejected: (rest) => `fails again and again: called last ${rest}`,
  target_recovered: () => "answers again: called in its turn",
  target_rate_limited: (rest) => `has had too many calls: left alone ${rest}`,
};

/** Tells whoever runs the gateway. */
export function tellHealth(
  changes: readonly HealthChange[],
  { pool, target, call, failure }: Turn,
): void {
  const member = pool.members[target]?.target;
  const provider = printable(member?.name ?? "");
  const model = printable(member?.config.model.name ?? "");
  const restMs = Math.round(pool.state.health.restMs(target, performance.now()));
  const rest = `for ${Math.max(1, Math.round(restMs / 1000))} s`;
  const name = model === "" ? provider : `${provider}/${model}`;
  for (const event of changes) {
    const isWell = event === "breaker_closed" || event === "target_recovered";
    const why = failure ? ` (${failure.criterion})` : "";
    call.processState.operatorLog.tell({
      level: isWell ? "notice" : "warn",
      event,
      sentence: `${name} ${SENTENCES[event](rest)}${why}`,
      facts: {
        provider,
        model,
        cause: failure?.criterion,
        rest_ms: isWell ? undefined : restMs,
        request_id: call.id,
      },
    });
  }
}
