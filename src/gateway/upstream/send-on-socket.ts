import { Exchange } from "../../http-client/exchange.ts";
import { inflated } from "../../http-client/inflated.ts";
import { sendAfresh, sendPooled } from "../../http-client/pool.ts";
import { type HttpRequest, targetUrl } from "../../http-client/request-bytes.ts";
import { processMetrics } from "../../telemetry/gateway-metrics.ts";
import type { Outgoing, Sending } from "../call/upstream.ts";

/** A peer that had closed an idle connection says so at once; what fails later was under way. */
export const RACE_MS = 1_000;

/**
 * Sends on a pooled connection where there is one. The peer may have closed it just as the request
 * went out: that race fails 2–15 % of calls on a busy keep-alive upstream, so it is answered with one
 * fresh connection.
 */
export function sendOnSocket(
  { method, headers, ...request }: Outgoing,
  body: Uint8Array | string | undefined,
): Sending {
  const url = targetUrl(request.url);
  const isBodiless = body === undefined || method === "GET" || method === "HEAD";
  /** Until the answer begins: a long answer need not hold a long question. */
  let whole: HttpRequest | undefined = isBodiless
    ? { method, url, headers }
    : { method, url, headers, body };
  const sentAtMs = performance.now();
  const progress = { exchange: new Exchange(whole) };
  let isGivenUp = false;

  function sentAgain(cause: unknown) {
    const isRace = !progress.exchange.hasBegun && performance.now() - sentAtMs <= RACE_MS;
    if (isGivenUp || !isRace || !whole) throw cause;
    processMetrics.possibleDuplicates.add(1);
    const afresh = new Exchange(whole);
    progress.exchange = afresh;
    sendAfresh(url, afresh);
    return afresh.answer;
  }

  const { exchange } = progress;
  const isReused = sendPooled(url, exchange);
  if (!isReused) sendAfresh(url, exchange);
  const answer = isReused ? exchange.answer.catch(sentAgain) : exchange.answer;
  return {
    progress,
    answer: answer.then((begun) => {
      whole = undefined;
      return inflated(begun);
    }),
    abort(reason) {
      isGivenUp = true;
      progress.exchange.abort(reason);
    },
  };
}
