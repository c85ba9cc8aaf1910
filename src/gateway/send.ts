import { GatewayError } from "../chat/error.ts";
import { type Deadline, unwatch, watch } from "./clocks.ts";
import { needsFetch, sendByFetch } from "./send-by-fetch.ts";
import { sendOnSocket } from "./send-on-socket.ts";
import type { Send } from "./upstream.ts";
import { upstreamError } from "./upstream-error.ts";

/**
 * Sends one request and waits for the answer's headers. Throws a `GatewayError` with an `upstream_…`
 * code: `client_aborted` when the client left meanwhile.
 */
export const send: Send = (request, client, clocks) => {
  const { body: sent } = request;
  const { answer, abort } =
    sent instanceof ReadableStream || needsFetch(request)
      ? sendByFetch(request)
      : sendOnSocket(request, sent);
  client.whenLeft(() => abort(clientLeft()));
  const deadline: Deadline = {
    atMs: performance.now() + clocks.headersMs,
    expire: () => abort(new GatewayError("upstream_timeout", "The upstream server is timing out")),
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

function clientLeft(): GatewayError {
  return new GatewayError("client_aborted", "the client left");
}
