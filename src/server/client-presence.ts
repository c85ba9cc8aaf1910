import type { Client } from "../gateway/call/client.ts";
import type { Deadline, Deadlines } from "../gateway/call/clocks.ts";

/** A call that takes no longer than this is over before it is worth asking whether anybody waits. */
const WATCHED_AFTER_MS = 25;

/**
 * Whether the client of a request is still there. The runtime tells of a client's leaving by a signal,
 * which costs a short call more than it is worth: it is asked for once a call takes long.
 */
export class ClientPresence implements Client {
  readonly #request: Request;
  readonly #isConnected: () => boolean;
  readonly #waiting: (() => void)[] = [];
  readonly #patience: Deadline;
  readonly #deadlines: Deadlines;
  #isWatched = false;
  #hasLeft = false;

  constructor(request: Request, isConnected: () => boolean, deadlines: Deadlines) {
    this.#request = request;
    this.#isConnected = isConnected;
    this.#deadlines = deadlines;
    this.#patience = {
      atMs: performance.now() + WATCHED_AFTER_MS,
      expire: () => this.#watch(),
    };
    deadlines.watch(this.#patience);
  }

  hasLeft(): boolean {
    if (this.#hasLeft) return true;
    if (this.#isWatched) return this.#request.signal.aborted;
    return performance.now() > this.#patience.atMs && !this.#isConnected();
  }

  whenLeft(tell: () => void): void {
    if (this.#hasLeft) tell();
    else this.#waiting.push(tell);
  }

  signal(): AbortSignal {
    return this.#request.signal;
  }

  /** Nobody is told of the client any more. */
  forget(): void {
    this.#deadlines.unwatch(this.#patience);
    this.#waiting.length = 0;
  }

  /** The client has left: whoever waits for that is told. */
  left(): void {
    this.#hasLeft = true;
    for (const tell of this.#waiting.splice(0)) tell();
  }

  #watch(): void {
    this.#isWatched = true;
    const { signal } = this.#request;
    if (signal.aborted) this.left();
    else signal.addEventListener("abort", () => this.left(), { once: true });
  }
}

/** For a call that nobody waits for. */
export const NOBODY: Client = {
  hasLeft: () => false,
  whenLeft: () => undefined,
  signal: () => new AbortController().signal,
};
