import type { Failure } from "../../routing/balance/failure.ts";
import type { HealthChange } from "../../routing/balance/health.ts";
import { printable } from "../../telemetry/printable.ts";
import type { Call } from "../call/call.ts";
import { tell } from "../call/operator-log.ts";
import type { TargetPool } from "./target-pool.ts";

/** The end of a try that has changed what becomes of its target. */
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
    tell({
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
