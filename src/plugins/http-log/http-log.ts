import { systemClock } from "../../telemetry/elapsed.ts";
import { encodeLogRecord } from "../../telemetry/log-record.ts";
import { deliveryQueue, type QueueLimits, queueLimits } from "../../telemetry/queue.ts";
import { definePlugin } from "../define-plugin.ts";
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
    const { metrics, operatorLog } = context.processState;
    const { send, origin } = batchSender(config);
    const name = `http-log ${context.instanceName ?? context.id} (${origin})`;
    const queue = deliveryQueue<string>({
      limits: limitsOf(config),
      clock: systemClock,
      deliver: send,
      onDrop: (count, reason) => metrics.logDrops.add(count, "http-log", reason),
      onStateChange(failure) {
        if (failure === undefined) operatorLog.say("notice", `${name}: delivering again`);
        else operatorLog.say("error", `${name}: cannot deliver: ${sentence(failure)}`);
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

/** An answer this small is read, which keeps the connection; a larger one is not worth its bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface BatchSender {
  /** Scheme, host and port, safe to print. */
  readonly origin: string;
  /** Sends encoded records: one as an object, several as an array. Rejects unless the status is 2xx. */
  send(lines: readonly string[], signal: AbortSignal): Promise<void>;
}

/** Throws when the endpoint, its references resolved, is not a URL; the sentence does not quote it. */
export function batchSender(config: HttpLogConfig): BatchSender {
  const endpoint = URL.parse(config.http_endpoint);
  if (!endpoint) throw new Error("http-log: http_endpoint is not a URL");
  const headers = requestHeaders(config, endpoint);
  endpoint.username = "";
  endpoint.password = "";
  const url = endpoint.href;

  async function send(lines: readonly string[], signal: AbortSignal): Promise<void> {
    const response = await fetch(url, {
      method: config.method,
      headers,
      body: lines.length === 1 ? lines[0] : `[${lines.join(",")}]`,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeout)]),
      tls: { rejectUnauthorized: config.ssl_verify },
    });
    await discard(response);
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  }

  return { origin: endpoint.origin, send };
}

function requestHeaders(config: HttpLogConfig, endpoint: URL): Record<string, string> {
  const headers: Record<string, string> = {
    ...config.headers,
    "content-type": config.content_type,
  };
  if (endpoint.username === "" && endpoint.password === "") return headers;
  const userInfo = `${unescaped(endpoint.username)}:${unescaped(endpoint.password)}`;
  const credentials = Buffer.from(userInfo).toString("base64");
  return { ...headers, authorization: `Basic ${credentials}` };
}

/** A per cent sign that escapes nothing stands for itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function discard(response: Response): Promise<void> {
  const length = Number(response.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
  if (length <= MAX_ANSWER_BYTES) await response.arrayBuffer();
  else await response.body?.cancel();
}
