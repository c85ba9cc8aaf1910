import { z } from "zod";
import { type BufferLimits, boundedBuffer, type Taken } from "./bounded-buffer.ts";
import type { Clock } from "./elapsed.ts";

export interface QueueLimits extends BufferLimits {
  readonly maxBatchSize: number;
  /** How long the first entry of a batch waits for company. */
  readonly maxCoalescingDelayMs: number;
  /** How long one batch is tried; negative means once. */
  readonly maxRetryTimeMs: number;
  readonly initialRetryDelayMs: number;
  readonly maxRetryDelayMs: number;
  /** Batches under way at a time; negative means any number. */
  readonly concurrencyLimit: number;
}

/** `full`: made room for newer ones. `undeliverable`: given up after the retries. `closed`: too late. */
export type DropReason = "full" | "undeliverable" | "closed";

export interface QueueSetup<Entry> {
  readonly limits: QueueLimits;
  readonly clock: Clock;
  /** Hands a batch over; a rejection is retried. It must reject soon after the signal aborts. */
  deliver(batch: readonly Entry[], signal: AbortSignal): Promise<void>;
  onDrop(count: number, reason: DropReason): void;
  /** Called when deliveries begin to fail, with the cause, and when they work again, without. */
  onStateChange(failure: unknown): void;
}

export interface DeliveryQueue<Entry> {
  /** Takes the entry and returns; nothing is sent in this turn of the event loop. */
  push(entry: Entry, bytes: number): void;
  /** Sends what waits and resolves once all is delivered or dropped, at the deadline at the latest. */
  close(deadlineMs: number): Promise<void>;
}

/** A bounded queue between calls and a slow reader of them: batches, retries with doubling delays, drops the oldest. */
export function deliveryQueue<Entry>(setup: QueueSetup<Entry>): DeliveryQueue<Entry> {
  const { limits, clock } = setup;
  const concurrency =
    limits.concurrencyLimit < 0 ? Number.POSITIVE_INFINITY : limits.concurrencyLimit;
  const buffer = boundedBuffer<Entry>(limits);
  const ending = new AbortController();
  let closing = false;
  let underWay = 0;
  let failing = false;
  let timer: { readonly cancel: () => void; readonly soon: boolean } | undefined;
  let onIdle = () => {};

  const batchReady = () => buffer.waiting > 0 && (closing || buffer.waiting >= limits.maxBatchSize);

  function schedule(): void {
    if (buffer.waiting === 0 || underWay >= concurrency) return;
    const soon = batchReady();
    if (timer && (timer.soon || !soon)) return;
    timer?.cancel();
    timer = { cancel: clock.after(soon ? 0 : limits.maxCoalescingDelayMs, start), soon };
  }

  function start(): void {
    timer = undefined;
    do {
      underWay += 1;
      void send(buffer.take(limits.maxBatchSize));
    } while (batchReady() && underWay < concurrency);
    schedule();
  }

  async function send(batch: Taken<Entry>): Promise<void> {
    if (!(await delivered(batch.entries))) setup.onDrop(batch.entries.length, "undeliverable");
    buffer.release(batch);
    underWay -= 1;
    schedule();
    if (underWay === 0 && buffer.waiting === 0) onIdle();
  }

  async function delivered(batch: readonly Entry[]): Promise<boolean> {
    const startedAtMs = clock.nowMs();
    let delayMs = Math.min(limits.initialRetryDelayMs, limits.maxRetryDelayMs);
    while (!ending.signal.aborted) {
      try {
        await setup.deliver(batch, ending.signal);
        changeState(undefined);
        return true;
      } catch (cause) {
        changeState(cause ?? "unknown");
      }
      if (clock.nowMs() - startedAtMs >= limits.maxRetryTimeMs) return false;
      await pause(delayMs);
      delayMs = Math.min(delayMs * 2, limits.maxRetryDelayMs);
    }
    return false;
  }

  function changeState(failure: unknown): void {
    const nowFailing = failure !== undefined;
    if (nowFailing === failing) return;
    failing = nowFailing;
    setup.onStateChange(failure);
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (ending.signal.aborted) return resolve();
      const end = () => {
        cancel();
        ending.signal.removeEventListener("abort", end);
        resolve();
      };
      const cancel = clock.after(delayMs, end);
      ending.signal.addEventListener("abort", end);
    });
  }

  function push(entry: Entry, bytes: number): void {
    if (closing) {
      setup.onDrop(1, "closed");
      return;
    }
    const lost = buffer.push(entry, bytes);
    if (lost > 0) setup.onDrop(lost, "full");
    schedule();
  }

  async function close(deadlineMs: number): Promise<void> {
    closing = true;
    if (underWay === 0 && buffer.waiting === 0) return;
    const idle = new Promise<void>((resolve) => {
      onIdle = resolve;
    });
    schedule();
    const cancelDeadline = clock.after(deadlineMs, () => {
      const lost = buffer.clear();
      if (lost > 0) setup.onDrop(lost, "closed");
      timer?.cancel();
      ending.abort();
      if (underWay === 0) onIdle();
    });
    await idle;
    cancelDeadline();
  }

  return { push, close };
}

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

/** The reference runs Lua here; refused rather than ignored, for a field may exist to hide something. */
export const customFieldsSchema = z
  .record(z.string(), z.string())
  .default({})
  .refine(
    (fields) => Object.keys(fields).length === 0,
    "Lua in log fields is not supported; remove custom_fields_by_lua",
  )
  .describe("Log fields computed by Lua code; not supported, so it must be empty.");
