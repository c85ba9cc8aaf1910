import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import { withContextLength } from "../../formats/context-length.ts";
import type { Asking } from "../call/call.ts";
import { commonFormat, isCommonFormat } from "../call/client-format.ts";
import { errorReply } from "../call/error-reply.ts";
import type { Plan } from "../call/plan.ts";
import type { Reply } from "../call/reply.ts";
import type { VendorAnswer } from "../upstream/echoes.ts";
import { providerFault } from "../upstream/provider-fault.ts";
import { passedThrough } from "./pass-through.ts";

/**
 * An answer that is none: as the vendor gave it, or, where the route wants that of errors, in the
 * client's dialect. The status is the vendor's either way, and so are headers. Throws
 * `upstream_auth_failed`; see `providerFault`.
 */
export async function vendorError(
  incoming: VendorAnswer,
  call: Asking,
  plan: Plan,
): Promise<Reply> {
  const reply = await passedThrough(incoming, call);
  if (reply.status < 400 || reply.body.type !== "whole") return reply;
  const { format } = plan;
  const { prompt } = call;
  const body = parsed(reply.body.bytes);
  const decoded = (format ?? commonFormat).decodeError(reply.status, body, incoming.headers);
  const error = providerFault(withContextLength(decoded), call, plan);
  if (error.code === "upstream_auth_failed") throw error;
  // Clients of a vendor's own dialect know no other vendor's errors.
  const isForeign = prompt && format !== prompt.format && !isCommonFormat(prompt.format);
  if (!prompt || (plan.settings.errorsIn !== "client" && !isForeign)) return reply;
  // The vendor may have said more than its dialect is known to hold.
  if (format === prompt.format && isJsonObject(body) && isJsonObject(body.error)) {
    const completed = format.completeError?.(body, error) ?? body;
    return completed === body ? reply : { ...reply, body: jsonBody(completed) };
  }
  const translated = errorReply(error, prompt.format, call.id);
  const { ai } = call.record;
  if (ai?.payloads && translated.body.type === "whole") {
    ai.payloadResponse = new TextDecoder().decode(translated.body.bytes);
  }
  reply.headers.set("content-type", translated.headers.get("content-type") ?? "");
  // Some vendors say in the body alone when to come back.
  const wait = translated.headers.get("retry-after");
  if (wait !== null && !reply.headers.has("retry-after")) reply.headers.set("retry-after", wait);
  return { ...reply, body: translated.body };
}

function jsonBody(wire: JsonObject): Reply["body"] {
  return { type: "whole", bytes: new TextEncoder().encode(JSON.stringify(wire)) };
}

/** JSON, or the text of what is none. */
function parsed(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
