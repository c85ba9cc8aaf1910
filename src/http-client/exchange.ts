import type { Write } from "../framing/flow.ts";
import type { HeaderMap } from "../framing/header-map.ts";
import {
  type HttpRequest,
  type ReadyRequest,
  type RequestPieces,
  readyRequest,
  requestPieces,
} from "./request-bytes.ts";

/** The body of an answer, as it arrives. */
export interface AnswerBody {
  /** The whole of it, where it has come in one piece and nothing has been read yet. */
  whole?(): Uint8Array | undefined;
  /** The next piece, at once where it is there; undefined at the end. Rejects when the answer breaks. */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Hands over what has not been read, as it comes; nothing can be read any more. See `Flow`. */
  pump(write: Write<Uint8Array>): Promise<void>;
}

/** `pump` for a body that can only be read. */
export async function pumpReads(read: AnswerBody["read"], write: Write<Uint8Array>): Promise<void> {
  for (;;) {
    const piece = await read();
    if (piece === undefined) return;
    await write(piece);
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: AnswerBody;
}

/** Above this much that nobody has read, the peer is made to wait. */
const HIGH_WATER_BYTES = 256 * 1024;

/** What an exchange asks of the connection that carries it. */
interface Carrier {
  /** Ends the exchange, and the connection with it. */
  destroy(): void;
  pause(): void;
  resume(): void;
}

/** One request and its answer. */
export class Exchange implements AnswerBody {
  readonly method: string;
  /** The answer's head. */
  readonly answer: Promise<HttpAnswer>;
  readonly #head = Promise.withResolvers<HttpAnswer>();
  /** Until it is on its way: a long answer need not hold a long question. */
  #request: ReadyRequest | undefined;
  #hasBegun = false;
  #connection: Carrier | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isPaused = false;
  #isOver = false;
  #isRead = false;
  #error: { readonly cause: unknown } | undefined;
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  /** Where pieces go as they come. */
  #write: Write<Uint8Array> | undefined;
  #pumped: PromiseWithResolvers<void> | undefined;
  /** `#write` wants nothing more for now. */
  #isHeld = false;

  /** Throws `TypeError` for a request that cannot be written. */
  constructor(request: HttpRequest) {
    this.method = request.method;
    this.#request = readyRequest(request);
    this.answer = this.#head.promise;
  }

  /** Whether any byte of an answer has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether a connection has taken the request: until one is open nothing of it leaves. */
  get isSent(): boolean {
    return this.#request === undefined;
  }

  /** The request, for whoever writes it, at once: the bytes may be shared. */
  takePieces(): RequestPieces {
    const request = this.#request;
    if (!request) throw new TypeError("a request is written once");
    this.#request = undefined;
    return requestPieces(request);
  }

  begun(): void {
    this.#hasBegun = true;
  }

  on(connection: Carrier): void {
    this.#connection = connection;
  }

  /** Ends the exchange with this reason; nothing once it is over. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#connection?.destroy();
    this.failed(reason);
  }

  answered(status: number, headers: HeaderMap): void {
    this.#head.resolve({ status, headers, body: this });
  }

  arrived(bytes: Uint8Array): void {
    if (this.#waiting) {
      this.#waiting.resolve(bytes);
      this.#waiting = undefined;
      return;
    }
    if (this.#write && !this.#isHeld) {
      this.#give(bytes, this.#write);
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes <= HIGH_WATER_BYTES || this.#isPaused) return;
    this.#isPaused = true;
    this.#connection?.pause();
  }

  ended(): void {
    this.#isOver = true;
    this.#connection = undefined;
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
    this.#giveQueued();
  }

  failed(cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection = undefined;
    this.#error = { cause };
    this.#waiting?.reject(cause);
    this.#waiting = undefined;
    this.#head.reject(cause);
    this.#giveQueued();
  }

  whole(): Uint8Array | undefined {
    const isWhole = this.#isOver && !this.#error && this.#queue.length === 1 && !this.#isRead;
    return isWhole ? this.#queue.pop() : undefined;
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    this.#isRead = true;
    const next = this.#queue.shift();
    if (next) return this.#taken(next);
    if (this.#error) return Promise.reject(this.#error.cause);
    if (this.#isOver) return undefined;
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  pump(write: Write<Uint8Array>): Promise<void> {
    this.#isRead = true;
    this.#write = write;
    this.#pumped = Promise.withResolvers();
    this.#giveQueued();
    return this.#pumped.promise;
  }

  /** All that waits, and then the end of it. */
  #giveQueued(): void {
    while (this.#write && !this.#isHeld) {
      const next = this.#queue.shift();
      if (next) this.#give(this.#taken(next), this.#write);
      else if (this.#isOver) this.#settle(this.#error);
      else return;
    }
  }

  #give(bytes: Uint8Array, write: Write<Uint8Array>): void {
    try {
      const held = write(bytes);
      if (held) this.#hold(held);
    } catch (cause) {
      // Whoever took the pieces has failed, and nobody wants the rest.
      this.#settle({ cause });
      this.abort(cause);
    }
  }

  #hold(held: Promise<void>): void {
    this.#isHeld = true;
    held.then(() => {
      this.#isHeld = false;
      this.#giveQueued();
    });
  }

  #settle(error: { readonly cause: unknown } | undefined): void {
    this.#write = undefined;
    if (error) this.#pumped?.reject(error.cause);
    else this.#pumped?.resolve();
  }

  #taken(next: Uint8Array): Uint8Array {
    this.#queuedBytes -= next.length;
    if (this.#isPaused && this.#queuedBytes <= HIGH_WATER_BYTES / 2) {
      this.#isPaused = false;
      this.#connection?.resume();
    }
    return next;
  }
}
