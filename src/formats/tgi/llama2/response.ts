import { GatewayError } from "../../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import { decodeTgiError } from "../../tgi-error.ts";
import { decodeTgiUsage, tgiChoice } from "../answer.ts";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "cannot parse response from llama2 endpoint";

/** Ends the question in every template here; a server may repeat the prompt up to it. */
const END_OF_QUESTION = "[/INST]";

/**
 * `{data: [{generated_text}]}` as the reference has it, or the text itself as Text Generation
 * Inference gives it. Throws `upstream_bad_response`; or, for an error whose status said 200, that
 * error.
 */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { data } = wire;
  if (data === undefined && wire.error !== undefined) throw decodeTgiError(200, wire);
  const answer = data === undefined ? wire : firstOf(data);
  if (typeof answer.generated_text !== "string") {
    throw bad("response did not contain a system reply");
  }
  const details = answer.details ?? wire.details;
  const usage = decodeTgiUsage(wire.usage === undefined ? answer : wire, details);
  return {
    id: "",
    model: typeof wire.model === "string" ? wire.model : "",
    choices: [tgiChoice(reply(answer.generated_text), details)],
    ...(usage && { usage }),
  };
}

function firstOf(data: unknown): JsonObject {
  const [first, ...others] = Array.isArray(data) ? data : [];
  if (first === undefined || others.length > 0) {
    throw bad("response data is empty from llama2 endpoint");
  }
  return isJsonObject(first) ? first : {};
}

function reply(text: string): string {
  const end = text.lastIndexOf(END_OF_QUESTION);
  return (end < 0 ? text : text.slice(end + END_OF_QUESTION.length)).trim();
}

function bad(detail: string): GatewayError {
  return new GatewayError("upstream_bad_response", detail);
}
