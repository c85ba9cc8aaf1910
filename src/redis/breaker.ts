/** Slower than this is as good as gone. */
const ANSWER_MS = 100;
const FAILURES_TO_OPEN = 5;
/** A timer that is later than this says that the process was busy. */
const BUSY_MS = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export interface BreakerOptions {
  /** What it stands round, as the operator knows it. */
  readonly name: string;
  /** One sentence at each change. */
  readonly report: (change: string) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly elapsedMs?: () => number;
}

/** Work is refused at once by a breaker that is open. */
export class OpenBreakerError extends Error {
  override readonly name = "OpenBreakerError";
}

export interface Breaker {
  /**
   * Rejects where the work does, or does not end in time, or after five of those in a row, at once. In pauses that
   * grow from one second to thirty one piece of work is tried with nobody waiting for it.
   */
  run<T>(work: () => Promise<T>, timeoutMs?: number): Promise<T>;
  /** Work would be refused, and might be what is tried. */
  isOpen(): boolean;
}

export function createBreaker({
  name,
  report,
  elapsedMs = () => performance.now(),
}: BreakerOptions): Breaker {
  let failures = 0;
  /** Set while it is open. */
  let pause: { readonly lengthMs: number; readonly endsMs: number } | undefined;
  let isProbing = false;

  function succeeded(): void {
    failures = 0;
    if (!pause) return;
    pause = undefined;
    report(`${name} answers again`);
  }

  function failed(error: unknown): void {
    failures++;
    if (failures < FAILURES_TO_OPEN) return;
    if (!pause) report(`${name} is not asked for now: ${sentence(error)}`);
    const lengthMs = pause ? Math.min(2 * pause.lengthMs, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    pause = { lengthMs, endsMs: elapsedMs() + lengthMs };
  }

  async function attempt<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(new Error(`no answer within ${timeoutMs} ms`));
    const endsMs = elapsedMs() + timeoutMs;
    let timer = setTimeout(() => {
      // While this process itself was busy, nothing could be heard.
      if (elapsedMs() - endsMs > BUSY_MS) timer = setTimeout(giveUp, timeoutMs);
      else giveUp();
    }, timeoutMs);
    try {
      return await Promise.race([work(), promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function probe(work: () => Promise<unknown>, timeoutMs: number): Promise<void> {
    isProbing = true;
    try {
      await attempt(work, timeoutMs);
      succeeded();
    } catch (error) {
      if (isFault(error)) failed(error);
    } finally {
      isProbing = false;
    }
  }

  return {
    isOpen: () => pause !== undefined,
    async run(work, timeoutMs = ANSWER_MS) {
      if (pause) {
        if (!isProbing && elapsedMs() >= pause.endsMs) void probe(work, timeoutMs);
        throw new OpenBreakerError(`${name} did not answer lately and is not asked for now`);
      }
      try {
        const result = await attempt(work, timeoutMs);
        // One that was slow to come says nothing of one that was opened meanwhile.
        if (!pause) succeeded();
        return result;
      } catch (error) {
        if (isFault(error) && !pause) failed(error);
        throw error;
      }
    },
  };
}

/** Whoever asks what cannot be asked says nothing of the one who was asked. */
function isFault(error: unknown): boolean {
  return !(error instanceof RangeError);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
