import { GatewayError } from "../chat/error.ts";
import type { Middleware, Next } from "../gateway/call/call.ts";
import { promptFormat } from "../gateway/call/client-format.ts";
import { errorReply } from "../gateway/call/error-reply.ts";
import type { LlmFormat } from "../providers/operations.ts";

/** A plugin that looks at prompts: what it refuses is said in the client's own dialect. */
export function refusingInDialect(llmFormat: LlmFormat, handle: Middleware): Middleware {
  return async (call, next, layers) => {
    // These go upstream without a body, so there is no prompt.
    if (call.request.method === "GET" || call.request.method === "HEAD") return next(call);
    let passedOn = false;
    const passOn: Next = (inner) => {
      passedOn = true;
      return next(inner);
    };
    try {
      return await handle(call, passOn, layers);
    } catch (thrown) {
      // What went wrong further in is somebody else's to tell.
      if (passedOn || !(thrown instanceof GatewayError)) throw thrown;
      call.record.error = thrown;
      const spoken = promptFormat(call.route.llmFormat ?? llmFormat, {});
      return errorReply(thrown, call.prompt?.format ?? spoken, call.id);
    }
  };
}
