import { GatewayError } from "../../chat/error.ts";
import type { Flow } from "../../framing/flow.ts";
import type { Attempt } from "../../telemetry/call-record.ts";
import type { Asking, Call } from "../call/call.ts";
import type { Deadline, Deadlines } from "../call/clocks.ts";
import type { Reply } from "../call/reply.ts";
import type { Incoming } from "../call/upstream.ts";
import type { VendorAnswer } from "../upstream/echoes.ts";
import { noteFailure } from "../upstream/exchange.ts";
import { upstreamError } from "../upstream/provider-fault.ts";
import { replyHeaders } from "./answer-headers.ts";
import { readAnswer } from "./read-answer.ts";

/** Only these carry an answer to translate; every other status is passed on as it came. */
export function isAnswer(status: number): boolean {
  return status === 200 || status === 201;
}

/**
 * A vendor's error, or any other answer that is not an LLM's: status, type and body as they came,
 * but for what it repeats of our credentials.
 */
export async function passedThrough(incoming: VendorAnswer, call: Asking): Promise<Reply> {
  const read = await readAnswer(incoming, call);
  const { status, headers, echoes } = incoming;
  const bytes = isAnswer(status) ? echoes.answer(read) : echoes.bytes(read);
  const { ai } = call.record;
  if (ai?.payloads) ai.payloadResponse = new TextDecoder().decode(bytes);
  return {
    status,
    headers: replyHeaders(headers),
    body: { type: "whole", bytes },
    compressed: headers.has("content-encoding"),
  };
}

/**
 * As it arrives, for bodies that nobody reads here; given up when it is silent for `readMs`. A break
 * is noted in `attempt`.
 */
export function streamedThrough(
  incoming: Incoming,
  { processState: { deadlines } }: Call,
  readMs: number,
  attempt: Attempt | undefined,
): Reply {
  const { status } = incoming;
  const headers = replyHeaders(incoming.headers);
  const isEmpty =
    status === 204 || status === 304 || incoming.headers.get("content-length") === "0";
  if (isEmpty) return { status, headers, body: { type: "whole", bytes: new Uint8Array(0) } };
  return {
    status,
    headers,
    body: { type: "chunks", chunks: untilBroken(incoming, deadlines, readMs, attempt) },
  };
}

function untilBroken(
  { body, abort }: Incoming,
  deadlines: Deadlines,
  readMs: number,
  attempt: Attempt | undefined,
): Flow<Uint8Array> {
  const silence: Deadline = {
    atMs: Number.POSITIVE_INFINITY,
    expire: () => abort(new GatewayError("upstream_stalled", "the upstream stopped sending")),
    abort,
  };
  const awaitNext = () => {
    silence.atMs = performance.now() + readMs;
  };
  const cancel = () => {
    deadlines.unwatch(silence);
    abort(new GatewayError("client_aborted", "the client left"));
  };
  return {
    async pump(write) {
      deadlines.watch(silence);
      awaitNext();
      try {
        await body.pump((chunk) => {
          const held = write(chunk);
          awaitNext();
          if (!held) return undefined;
          // While the client takes its bytes the upstream is not to blame for silence.
          silence.atMs = Number.POSITIVE_INFINITY;
          return held.then(awaitNext);
        });
      } catch (cause) {
        const error = upstreamError(cause);
        noteFailure(attempt, error);
        throw error;
      } finally {
        cancel();
      }
    },
    cancel,
  };
}
