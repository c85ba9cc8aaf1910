import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { formatFor } from "../../gateway/call/asked-format.ts";
import type { Call } from "../../gateway/call/call.ts";
import { plainErrorReply } from "../../gateway/call/error-reply.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { definePlugin } from "../define-plugin.ts";

const UNIT_BYTES = { megabytes: 2 ** 20, kilobytes: 2 ** 10, bytes: 1 } as const;

const requestSizeOptions = z.strictObject({
  allowed_payload_size: z.int().min(0).default(128).describe("The largest body, in the unit."),
  size_unit: z
    .enum(["megabytes", "kilobytes", "bytes"])
    .default("megabytes")
    .describe("The unit of the size."),
  require_content_length: z
    .boolean()
    .default(false)
    .describe("Whether a request has to say how long its body is."),
});

/** https://developer.konghq.com/plugins/request-size-limiting/ */
export const requestSizeLimiting = definePlugin({
  name: "request-size-limiting",
  priority: 951,
  about: "Refuses requests whose body is too large.",
  options: requestSizeOptions,
  scopes: ["consumer", "route", "service"],
  create({
    allowed_payload_size: size,
    size_unit: unit,
    require_content_length: isLengthRequired,
  }) {
    const maxBytes = size * UNIT_BYTES[unit];
    return {
      async handle(call, next) {
        const { headers, body } = call.request;
        const length = headers.get("content-length");
        if (length !== null) {
          const isTooLarge = Number(length) > maxBytes;
          return isTooLarge ? refused(call, tooLarge(headers.get("expect"))) : next(call);
        }
        if (isLengthRequired && hasBody(call)) return refused(call, LENGTH_REQUIRED());
        if (!hasBody(call)) return next(call);
        try {
          // Zero is no limit to whoever reads bodies, and here it is the smallest one.
          await body.bytes(Math.max(1, maxBytes));
        } catch (thrown) {
          if (!(thrown instanceof GatewayError) || thrown.code !== "body_too_large") throw thrown;
          return refused(call, tooLarge(null));
        }
        return next(call);
      },
    };
  },
});

function hasBody({ request }: Call): boolean {
  return request.headers.has("transfer-encoding");
}

const LENGTH_REQUIRED = () =>
  new GatewayError("invalid_request", "A valid Content-Length header is required", { status: 411 });

/** A client that waits to be told before it sends is told in a status of its own. */
function tooLarge(expect: string | null): GatewayError {
  const isWaiting = expect?.toLowerCase() === "100-continue";
  const words = "Request size limit exceeded";
  return new GatewayError("body_too_large", words, { status: isWaiting ? 417 : 413 });
}

function refused(call: Call, error: GatewayError): Reply {
  call.record.error = error;
  return plainErrorReply(error, call.id, formatFor(call));
}
