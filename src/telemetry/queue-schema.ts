import { z } from "zod";
import type { QueueLimits } from "./queue.ts";

/** What a queue may hold when the configuration sets no `max_bytes`. */
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
const MS_PER_SECOND = 1000;

/** The `queue` group that log plugins share. Times are in seconds. */
export const queueSchema = z
  .strictObject({
    max_batch_size: z.int().min(1).max(1_000_000).default(1).describe("Entries sent at a time."),
    max_coalescing_delay: z
      .number()
      .min(0)
      .max(3600)
      .default(1)
      .describe("Seconds that the first entry of a batch waits for more."),
    max_entries: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe("Entries that may wait; the oldest is dropped when there are more."),
    max_bytes: z
      .int()
      .min(1)
      .default(DEFAULT_MAX_BYTES)
      .describe("Bytes that may wait; the oldest entries are dropped when there are more."),
    max_retry_time: z
      .number()
      .min(-1)
      .default(60)
      .describe("Seconds that a batch is retried before it is dropped; -1 means no retry."),
    initial_retry_delay: z
      .number()
      .min(0.001)
      .max(1_000_000)
      .default(0.01)
      .describe("Seconds before the first retry; each further delay is twice the one before."),
    max_retry_delay: z
      .number()
      .min(0.001)
      .max(1_000_000)
      .default(60)
      .describe("Seconds that a retry delay never exceeds."),
    concurrency_limit: z
      .union([z.literal(1), z.literal(-1)])
      .default(1)
      .describe("Batches under way at a time; -1 means any number."),
  })
  .prefault({})
  .describe("The queue between calls and the receiver of their records.");

export function queueLimits(queue: z.output<typeof queueSchema>): QueueLimits {
  return {
    maxBatchSize: queue.max_batch_size,
    maxCoalescingDelayMs: queue.max_coalescing_delay * MS_PER_SECOND,
    maxEntries: queue.max_entries,
    maxBytes: queue.max_bytes,
    maxRetryTimeMs: queue.max_retry_time * MS_PER_SECOND,
    initialRetryDelayMs: queue.initial_retry_delay * MS_PER_SECOND,
    maxRetryDelayMs: queue.max_retry_delay * MS_PER_SECOND,
    concurrencyLimit: queue.concurrency_limit,
  };
}
