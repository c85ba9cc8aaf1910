import type { Flow } from "../framing/flow.ts";
import type { Piece } from "../framing/stage.ts";
import type { Deadline } from "../gateway/call/clocks.ts";
import { asGatewayError } from "../gateway/call/error-reply.ts";
import type { CallRecord } from "../telemetry/call-record.ts";
import { endRecord, type Finish } from "./finish.ts";

/**
 * A stream on its way to the client, as fast as the client takes it; the call's record ends with it.
 * A direct stream writes head and first bytes in one go; an iterator's head would leave in a packet
 * for every word of it.
 */
export class ClientStream {
  readonly #chunks: Flow<Piece>;
  readonly #record: CallRecord;
  readonly #finish: Finish;
  readonly #untaken: Deadline;
  /** What came before anybody read. */
  #early: Piece[] = [];
  readonly #reading = Promise.withResolvers<void>();
  #controller: ReadableStreamDirectController | undefined;
  #pumping: Promise<void> | undefined;
  #isOver = false;
  /**
   * An error thrown here resets the connection, and with it what the client has not read yet. A gateway
   * that goes down closes its connections a moment later: an answer that is left open until then ends
   * behind its last byte, without the end that would say that it is whole (RFC 9112 §8).
   */
  readonly #cut = Promise.withResolvers<void>();

  constructor(chunks: Flow<Piece>, record: CallRecord, finish: Finish) {
    this.#chunks = chunks;
    this.#record = record;
    this.#finish = finish;
    this.#untaken = { atMs: Number.POSITIVE_INFINITY, expire: finish.cut };
  }

  /** Resolves once there is something to send, or nothing will come; rejects when the stream breaks before. */
  begin(): Promise<void> {
    const begun = Promise.withResolvers<void>();
    this.#pumping = this.#chunks.pump((piece) => {
      if (this.#controller) return this.#pass(piece, this.#controller);
      this.#early.push(piece);
      begun.resolve();
      return this.#reading.promise;
    });
    this.#pumping.then(begun.resolve, begun.reject);
    return begun.promise;
  }

  body(): ReadableStream<Uint8Array> {
    // A body that nobody has begun to read is not told that its reader left.
    this.#finish.client.whenLeft(() => {
      if (!this.#controller) this.#abandon();
    });
    return new ReadableStream({
      type: "direct",
      pull: (controller) => this.#write(controller),
      cancel: () => {
        this.#cut.resolve();
        this.#finish.clientLeft();
        this.#abandon();
      },
    });
  }

  async #write(controller: ReadableStreamDirectController): Promise<void> {
    this.#controller = controller;
    // The client may have left before anybody read.
    if (this.#isOver) return controller.close();
    this.#finish.processState.deadlines.watch(this.#untaken);
    try {
      for (const piece of this.#early.splice(0)) await this.#pass(piece, controller);
      this.#reading.resolve();
      if (!this.#pumping) await this.begin();
      await this.#pumping;
    } catch (thrown) {
      const error = asGatewayError(thrown);
      this.#record.streamError ??= error;
      this.#end();
      if (error.code === "draining") return this.#cut.promise;
      throw thrown;
    }
    if (this.#isOver) return;
    this.#end();
    controller.close();
  }

  #pass(piece: Piece, controller: ReadableStreamDirectController): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    const { response } = this.#record;
    if (response) response.size += Buffer.byteLength(piece);
    // A promise while the client leaves what was written before untaken.
    const taken: number | Promise<number> = controller.write(piece);
    controller.flush();
    if (typeof taken === "number") return undefined;
    this.#untaken.atMs = performance.now() + this.#finish.clientStallMs;
    return taken.then(
      () => {
        this.#untaken.atMs = Number.POSITIVE_INFINITY;
      },
      () => this.#abandon(),
    );
  }

  #abandon(): void {
    this.#chunks.cancel();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#finish.processState.deadlines.unwatch(this.#untaken);
    endRecord(this.#record, this.#finish);
  }
}
