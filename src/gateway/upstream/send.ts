import { GatewayError } from "../../chat/error.ts";
import { type Deadline, unwatch, watch } from "../call/clocks.ts";
import type { Send } from "../call/upstream.ts";
import { needsFetch, sendByFetch } from "./send-by-fetch.ts";
import { sendOnSocket } from "./send-on-socket.ts";
import { upstreamError } from "./upstream-error.ts";

/**
 * Sends one request and waits for the answer's headers. Throws a `GatewayError` with an `upstream_…`
 * code: `client_aborted` when the client left meanwhile.
 */
export const send: Send = (request, client, clocks) => {
  const { body: sent } = request;
  const { answer, abort, progress } =
    sent instanceof ReadableStream || needsFetch(request)
      ? sendByFetch(request)
      : sendOnSocket(request, sent);
  client.whenLeft(() => abort(clientLeft()));
  const sentAtMs = performance.now();
  const deadline: Deadline = {
    // Nobody tells when a connection is open: it is looked at when the clock for connecting is due,
    // and most calls are over by then.
    atMs: sentAtMs + Math.min(clocks.connectMs, clocks.headersMs),
    expire() {
      const { isSent, movedAtMs = sentAtMs, awaitsClient } = progress.exchange;
      const endsAtMs = movedAtMs + clocks.headersMs;
      if (!isSent) abort(timedOut("upstream_connect_timeout"));
      else if (performance.now() >= endsAtMs)
        abort(awaitsClient ? idle() : timedOut("upstream_timeout"));
      else {
        deadline.atMs = endsAtMs;
        watch(deadline);
      }
    },
    abort,
  };
  watch(deadline);
  return answer.then(
    ({ status, headers, body }) => {
      unwatch(deadline);
      if (status >= 200 && status <= 599) return { status, headers, body, abort };
      const problem = noStatus(status);
      abort(problem);
      throw problem;
    },
    (cause: unknown) => {
      unwatch(deadline);
      throw upstreamError(cause);
    },
  );
};

/** https://www.rfc-editor.org/rfc/rfc9110#section-15 knows no such class, and no answer can be made of it. */
function noStatus(status: number): GatewayError {
  const message = `the upstream answered with status ${status}, which does not exist`;
  return new GatewayError("upstream_bad_response", message, { status: 502 });
}

function timedOut(code: "upstream_timeout" | "upstream_connect_timeout"): GatewayError {
  return new GatewayError(code, "The upstream server is timing out");
}

function idle(): GatewayError {
  return new GatewayError("request_timeout", "Request timeout");
}

function clientLeft(): GatewayError {
  return new GatewayError("client_aborted", "the client left");
}
