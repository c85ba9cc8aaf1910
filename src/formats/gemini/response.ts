import { collect } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { answerReader } from "./decode-stream.ts";
import { NO_CANDIDATES } from "./wire.ts";

/**
 * A plain answer is what a stream of one chunk says. Throws `upstream_bad_response`; or, for an
 * error in a body whose status said 200, that error.
 */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const events: ChatEvent[] = [];
  const reader = answerReader();
  reader.push(wire, events);
  reader.assumeStop();
  if (reader.finishedChoices() === 0) {
    throw new GatewayError("upstream_bad_response", NO_CANDIDATES);
  }
  reader.end(events, "last-byte");
  return collect(events);
}
