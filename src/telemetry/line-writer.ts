import { boundedBuffer } from "./bounded-buffer.ts";
import type { Clock } from "./elapsed.ts";
import { type LogFile, openLogFile } from "./log-file.ts";

export interface LineWriterSetup {
  readonly path: string;
  /** Open the file anew for every batch, so that a renamed file is left behind. */
  readonly reopen: boolean;
  /** 32 MiB unless said. */
  readonly maxWaitingBytes?: number;
  readonly clock: Clock;
  onDrop(count: number, reason: "full" | "closed"): void;
  /** One sentence when writing begins to fail, and one when it works again. */
  report(sentence: string): void;
}

export interface LineWriter {
  /** Takes a line without its end and returns at once. */
  write(line: string): void;
  /** Resolves when every line taken so far was written, or writing fails. */
  flush(): Promise<void>;
  /** Tries once more to write what waits, drops what cannot be written, and closes the file. */
  close(): Promise<void>;
}

const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const WRITE_AT_BYTES = 256 * 1024;
const MAX_BATCH_BYTES = 1024 * 1024;
/** A hand-over to the writing thread costs about 100 µs of CPU, whatever its size: lines wait for company. */
const GATHER_MS = 20;
const LINE_FEED = 10;
const PIPE_FULL_DELAY_MS = 20;
const RETRY_DELAY_MS = 10_000;
/** How long a slow reader of a pipe is waited for at the end. */
const CLOSE_DEADLINE_MS = 2_000;

/** Appends lines to a file, in batches, without holding up the caller; lines beyond the limit push out the oldest. */
export function lineWriter(setup: LineWriterSetup): LineWriter {
  const { clock } = setup;
  const buffer = boundedBuffer<string>({
    maxEntries: Number.POSITIVE_INFINITY,
    maxBytes: setup.maxWaitingBytes ?? MAX_WAITING_BYTES,
  });
  /** Holds one batch after another: memory made anew for each would be gone through faster than it is collected. */
  let kept: Buffer | undefined;
  let file: LogFile | undefined;
  /** A batch that was taken up and is not wholly written. */
  let batch: { readonly bytes: Uint8Array; offset: number; readonly lines: number } | undefined;
  let writing: Promise<void> | undefined;
  let timer: (() => void) | undefined;
  /** `full`: a pipe whose reader is slow. `failed`: the file cannot be written. */
  let state: "open" | "full" | "failed" = "open";
  let closed = false;

  const unwritten = () => batch !== undefined || buffer.waiting > 0;

  function take(line: string): void {
    if (closed) {
      setup.onDrop(1, "closed");
      return;
    }
    const lost = buffer.push(line, Buffer.byteLength(line) + 1);
    if (lost > 0) setup.onDrop(lost, "full");
    if (writing || state !== "open") return;
    if (buffer.waitingBytes >= WRITE_AT_BYTES) void writeAll();
    else timer ??= clock.after(GATHER_MS, () => void writeAll());
  }

  async function writeAll(): Promise<void> {
    timer?.();
    timer = undefined;
    if (unwritten()) writing ??= drain();
    await writing;
  }

  async function drain(): Promise<void> {
    try {
      while (unwritten()) await writeBatch();
      if (state === "failed") setup.report(`log file ${setup.path}: writing again`);
      state = "open";
    } catch (cause) {
      await retryLater(errorCode(cause));
    }
    writing = undefined;
  }

  async function writeBatch(): Promise<void> {
    if (setup.reopen && !batch) await letGo();
    file ??= await openLogFile(setup.path);
    batch ??= nextBatch();
    while (batch.offset < batch.bytes.length) {
      batch.offset += await file.write(batch.bytes, batch.offset);
    }
    batch = undefined;
  }

  function room(): Buffer {
    kept ??= Buffer.allocUnsafe(MAX_BATCH_BYTES);
    return kept;
  }

  function nextBatch() {
    const taken = buffer.take(Number.POSITIVE_INFINITY, MAX_BATCH_BYTES);
    buffer.release(taken);
    // The first line alone may be longer than a batch.
    const bytes = taken.bytes > MAX_BATCH_BYTES ? Buffer.allocUnsafe(taken.bytes) : room();
    let end = 0;
    for (const line of taken.entries) {
      end += bytes.write(line, end);
      bytes[end] = LINE_FEED;
      end += 1;
    }
    return { bytes: bytes.subarray(0, end), offset: 0, lines: taken.entries.length };
  }

  async function retryLater(code: string): Promise<void> {
    if (code === "EAGAIN") {
      if (state === "open") state = "full";
      timer = clock.after(PIPE_FULL_DELAY_MS, () => void writeAll());
      return;
    }
    await letGo();
    timer = clock.after(RETRY_DELAY_MS, () => void writeAll());
    if (state === "failed") return;
    state = "failed";
    setup.report(
      `log file ${setup.path}: cannot be written (${code}); records wait in memory, next try in 10 s`,
    );
  }

  async function letGo(): Promise<void> {
    const old = file;
    file = undefined;
    // What the system says to a close after a failed write was said by the write already.
    await old?.close().catch(() => {});
  }

  async function flush(): Promise<void> {
    await writing;
    if (unwritten()) await writeAll();
  }

  async function closeWriter(): Promise<void> {
    closed = true;
    const deadlineMs = clock.nowMs() + CLOSE_DEADLINE_MS;
    await flush();
    while (state === "full" && clock.nowMs() < deadlineMs) {
      await new Promise<void>((resolve) => void clock.after(PIPE_FULL_DELAY_MS, resolve));
      await flush();
    }
    timer?.();
    timer = undefined;
    const lost = buffer.clear() + (batch?.lines ?? 0);
    batch = undefined;
    if (lost > 0) setup.onDrop(lost, "closed");
    await letGo();
  }

  return { write: take, flush, close: closeWriter };
}

function errorCode(cause: unknown): string {
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return String(cause);
}
