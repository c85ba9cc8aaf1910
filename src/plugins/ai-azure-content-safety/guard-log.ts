import { isJsonObject } from "../../chat/json.ts";
import type { Call } from "../../gateway/call/call.ts";
import { latencySince, noteFigures } from "../../telemetry/call-record.ts";
import { redactUri } from "../../telemetry/redact.ts";
import type { Breach } from "./inspect.ts";
import type { ContentSafetyOptions } from "./options.ts";

const SOURCE = "azure-content-safety";

export type Side = "input" | "output";

/** What is logged of one call: the members that the reference's guards share, and this one's own. */
export interface GuardLog {
  /** A text was looked at; `reason` where it was refused. */
  inspected(side: Side, seen: Seen): void;
  /** A text was not looked at, for this reason. */
  unseen(side: Side, why: string): void;
}

interface Seen {
  readonly startedAtMs: number;
  readonly text: string;
  readonly breaches: readonly Breach[];
  readonly reason: string;
}

export function guardLog({ record, consumer }: Call, options: ContentSafetyOptions): GuardLog {
  const logsContent = options.log_blocked_content;
  const figures: Record<string, unknown> = {
    mode: options.guarding_mode,
    azure_tenant_id: options.azure_tenant_id,
    azure_client_id: options.azure_client_id,
    azure_api_version: options.azure_api_version,
    azure_content_safety_url: redactUri(options.content_safety_url),
    input_block_reason: "",
    output_block_reason: "",
    input_block_source: "",
    output_block_source: "",
    input_block_consumer_id: "",
    output_block_consumer_id: "",
    guards_triggered_count: 0,
    ...(logsContent && { input_faulty_prompt: "", output_faulty_response: "" }),
  };
  const latencies = { input: 0, output: 0 };
  let triggered = 0;
  return {
    inspected(side, { startedAtMs, text, breaches, reason }) {
      latencies[side] += latencySince(startedAtMs);
      figures[`${side}_processing_latency`] = latencies[side];
      if (breaches.length > 0) {
        triggered += 1;
        figures["guards_triggered_count"] = triggered;
        figures[`${side}_block_reason`] = reason;
        figures[`${side}_block_source`] = SOURCE;
        figures[`${side}_block_consumer_id`] = consumer?.id ?? "unknown";
        if (logsContent)
          figures[side === "input" ? "input_faulty_prompt" : "output_faulty_response"] = text;
        noteAudit(record, breaches);
      }
      noteFigures(record, `proxy.${SOURCE}`, figures);
    },
    unseen(side, why) {
      figures[`${side}_unseen`] = why;
      noteFigures(record, `proxy.${SOURCE}`, figures);
    },
  };
}

/** The levels that were breached, by category (https://developer.konghq.com/ai-gateway/ai-audit-log-reference/). */
function noteAudit(record: Call["record"], breaches: readonly Breach[]): void {
  const levels = breaches.flatMap((breach) =>
    "category" in breach ? [[breach.category, breach.level] as const] : [],
  );
  const audit = record.plugins?.["audit"];
  const others = isJsonObject(audit) ? audit : {};
  noteFigures(record, "audit", { ...others, azure_content_safety: Object.fromEntries(levels) });
}
