import { GatewayError } from "../chat/error.ts";
import { checkEncoding, checkNotCompressed } from "./answer-encoding.ts";
import { readChunks } from "./client-body.ts";
import { unwatch, watch } from "./clocks.ts";
import { type Incoming, type UpstreamClocks, upstreamError } from "./upstream.ts";

/** Largest answer that is held whole, decoded. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The whole body, inflated. Throws `upstream_…` errors when it breaks, stalls or grows past 64 MiB. */
export async function readAnswer(
  incoming: Incoming,
  { totalMs }: UpstreamClocks,
): Promise<Uint8Array> {
  const { response } = incoming;
  const deadline = {
    atMs: performance.now() + totalMs,
    expire: () =>
      incoming.abort(new GatewayError("upstream_timeout", "The upstream server is timing out")),
    abort: incoming.abort,
  };
  watch(deadline);
  try {
    return await bodyBytes(response);
  } catch (cause) {
    throw upstreamError(cause);
  } finally {
    unwatch(deadline);
  }
}

export interface AnswerText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const utf8 = new TextDecoder();

/** The same as text. Throws `upstream_bad_response` for one that is empty, or compressed out of hand. */
export async function readAnswerText(
  incoming: Incoming,
  clocks: UpstreamClocks,
): Promise<AnswerText> {
  checkEncoding(incoming.response.headers);
  const bytes = await readAnswer(incoming, clocks);
  if (bytes.byteLength === 0) {
    throw new GatewayError(
      "upstream_bad_response",
      "no response body found when transforming response",
    );
  }
  checkNotCompressed(bytes);
  return { bytes, text: utf8.decode(bytes) };
}

function bodyBytes(response: Response): Promise<Uint8Array> {
  const declared = response.headers.get("content-length");
  const isInflated = response.headers.get("content-encoding") !== null;
  if (declared !== null && !isInflated && Number(declared) <= MAX_ANSWER_BYTES)
    return response.bytes();
  if (!response.body) return Promise.resolve(new Uint8Array(0));
  return readChunks(response.body, MAX_ANSWER_BYTES).catch((cause: unknown) => {
    if (!(cause instanceof GatewayError)) throw cause;
    throw new GatewayError("upstream_bad_response", "the upstream's answer is larger than 64 MiB");
  });
}
