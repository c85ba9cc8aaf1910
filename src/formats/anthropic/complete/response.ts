import { GatewayError } from "../../../chat/error.ts";
import type { FinishReason } from "../../../chat/event.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { decodeAnthropicError } from "../error.ts";

/** https://platform.claude.com/docs/en/api/complete (retired; gateways and old models still speak it). */
export const FORMAT_NAME = "anthropic-complete";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode anthropic response";

/** Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { completion, stop_reason } = wire;
  if (typeof completion !== "string") {
    if (isJsonObject(wire.error)) throw decodeAnthropicError(200, wire);
    const detail = "'completion' not in anthropic://llm/v1/chat response";
    throw new GatewayError("upstream_bad_response", detail);
  }
  const finish =
    typeof stop_reason === "string"
      ? { finishReason: decodeFinish(stop_reason), rawFinishReason: stop_reason }
      : {};
  const content = completion === "" ? [] : [{ type: "text", text: completion } as const];
  return { ...responseHead(wire), choices: [{ content, ...finish }] };
}

/** What a whole answer and the first event of a stream have in common. */
export function responseHead(wire: JsonObject): Pick<ChatResponse, "id" | "model"> {
  return {
    id: typeof wire.id === "string" ? wire.id : "",
    model: typeof wire.model === "string" ? wire.model : "",
  };
}

export function decodeFinish(word: string): FinishReason {
  return word === "max_tokens" ? "length" : "stop";
}

const WORDS = {
  stop: "stop_sequence",
  tool_calls: "stop_sequence",
  content_filter: "stop_sequence",
  length: "max_tokens",
} as const satisfies Record<FinishReason, string>;

export function encodeFinish(reason: FinishReason | undefined): string | null {
  return reason === undefined ? null : WORDS[reason];
}

/** The text is the answer; reasoning and calls have no seat here. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const choice = response.choices[0] ?? { content: [] };
  const texts = choice.content.map((part) =>
    part.type === "text" || part.type === "refusal" ? part.text : "",
  );
  return {
    type: "completion",
    id: answerId(response.id, context),
    completion: texts.join(""),
    stop_reason: encodeFinish(choice.finishReason),
    model: response.model || context.model,
  };
}

export function answerId(id: string, context: AnswerContext): string {
  return id === "" ? `compl_${context.requestId}` : id;
}
