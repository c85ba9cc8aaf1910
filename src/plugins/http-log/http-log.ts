import { say } from "../../gateway/call/operator-log.ts";
import { systemClock } from "../../telemetry/elapsed.ts";
import { processMetrics } from "../../telemetry/gateway-metrics.ts";
import { encodeLogRecord } from "../../telemetry/log-record.ts";
import { deliveryQueue, type QueueLimits, queueLimits } from "../../telemetry/queue.ts";
import { definePlugin } from "../define-plugin.ts";
import { batchSender } from "./batch-sender.ts";
import { type HttpLogConfig, httpLogSchema } from "./http-log-schema.ts";

/** How long a retired configuration may go on sending what it has queued. */
const CLOSE_DEADLINE_MS = 10_000;

export const httpLog = definePlugin({
  name: "http-log",
  priority: 12,
  about: "Sends a JSON record of each finished call to an HTTP server, in batches, with retries.",
  options: httpLogSchema,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create(config, context) {
    const { send, origin } = batchSender(config);
    const name = `http-log ${context.instanceName ?? context.id} (${origin})`;
    const queue = deliveryQueue<string>({
      limits: limitsOf(config),
      clock: systemClock,
      deliver: send,
      onDrop: (count, reason) => processMetrics.logDrops.add(count, "http-log", reason),
      onStateChange(failure) {
        if (failure === undefined) say("notice", `${name}: delivering again`);
        else say("error", `${name}: cannot deliver: ${sentence(failure)}`);
      },
    });
    return {
      log(record) {
        const line = encodeLogRecord(record);
        queue.push(line, Buffer.byteLength(line));
      },
      close: () => queue.close(CLOSE_DEADLINE_MS),
    };
  },
});

/** The queue's limits; a deprecated key, where it is set, wins over its replacement's default. */
function limitsOf(config: HttpLogConfig): QueueLimits {
  const { queue } = config;
  return queueLimits({
    ...queue,
    max_batch_size: config.queue_size || queue.max_batch_size,
    max_coalescing_delay: config.flush_timeout ?? queue.max_coalescing_delay,
    max_retry_time: config.retry_count === 0 ? -1 : queue.max_retry_time,
  });
}

function sentence(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
