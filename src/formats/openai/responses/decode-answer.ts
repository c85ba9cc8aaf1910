import { GatewayError } from "../../../chat/error.ts";
import type { FinishReason } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import { decodeOpenAiError, isTold } from "../../error-object.ts";
import { decodeAnnotations } from "./annotations.ts";
import { keptState } from "./kept-state.ts";
import { decodeUsage } from "./usage.ts";
import { flatName, stringOf } from "./wire.ts";

/** Whose what is encrypted in a reasoning item is, in the words of OpenRouter's `format`. */
export const SIGNER = "openai-responses-v1";

/** Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const failed = failureOf(wire);
  if (failed) throw failed;
  if (!Array.isArray(wire.output)) {
    throw new GatewayError("upstream_bad_response", "'output' not in llm/v1/responses response");
  }
  const content = wire.output.filter(isJsonObject).flatMap(decodeItem);
  const finishReason = finishOf(
    wire,
    content.some(({ type }) => type === "tool-call"),
  );
  return {
    ...responseHead(wire),
    choices: [{ content, ...(finishReason && { finishReason }) }],
    ...(isJsonObject(wire.usage) && { usage: decodeUsage(wire.usage, wire.service_tier) }),
  };
}

/** What a whole answer and the start of a stream have in common. */
export function responseHead(wire: JsonObject): Omit<ChatResponse, "choices"> {
  return {
    id: stringOf(wire.id),
    model: stringOf(wire.model),
    ...(typeof wire.created_at === "number" && { created: wire.created_at }),
  };
}

/** The error that a response tells in place of its answer. */
export function failureOf(wire: JsonObject): GatewayError | undefined {
  return isTold(wire.error) ? decodeOpenAiError(200, wire) : undefined;
}

export function finishOf(wire: JsonObject, hasCalls: boolean): FinishReason | undefined {
  const details = isJsonObject(wire.incomplete_details) ? wire.incomplete_details : {};
  switch (wire.status) {
    case "completed":
      return hasCalls ? "tool_calls" : "stop";
    case "incomplete":
      return details.reason === "content_filter" ? "content_filter" : "length";
  }
  return undefined;
}

/** Items of tools that the vendor runs itself are left out: words tell what came of them. */
function decodeItem(item: JsonObject): ChoicePart[] {
  switch (item.type) {
    case "message":
      return Array.isArray(item.content)
        ? item.content.filter(isJsonObject).flatMap(decodePart)
        : [];
    case "function_call":
    case "custom_tool_call":
      return [decodeCall(item)];
    case "reasoning":
      return decodeReasoning(item);
  }
  return [];
}

function decodePart(part: JsonObject): ChoicePart[] {
  if (part.type === "refusal") return [{ type: "refusal", text: stringOf(part.refusal) }];
  if (part.type !== "output_text") return [];
  const annotations = decodeAnnotations(part.annotations);
  const logprobs: readonly Json[] = Array.isArray(part.logprobs) ? part.logprobs : [];
  return [
    {
      type: "text",
      text: stringOf(part.text),
      ...(annotations.length > 0 && { annotations }),
      ...(logprobs.length > 0 && { logprobs }),
    },
  ];
}

function decodeCall(item: JsonObject): ChoicePart {
  const isCustom = item.type === "custom_tool_call";
  return {
    type: "tool-call",
    id: callId(item),
    name: flatName(stringOf(item.name), item.namespace),
    arguments: stringOf(isCustom ? item.input : item.arguments),
    ...(isCustom && { custom: true }),
  };
}

export function callId(item: JsonObject): string {
  return stringOf(item.call_id) || stringOf(item.id);
}

/** Kept state of another vendor's is not what OpenAI says: it is told as thoughts. */
function decodeReasoning(item: JsonObject): ChoicePart[] {
  const text = [...wordsOf(item.summary), ...wordsOf(item.content)].join("\n\n");
  return [{ type: "reasoning", text, ...stateOf(item) }];
}

export function stateOf(item: JsonObject) {
  const encrypted = stringOf(item.encrypted_content);
  if (encrypted === "") return {};
  const kept = keptState(encrypted);
  if (!kept) return { redacted: encrypted, signer: SIGNER };
  const { signature, signer, redacted } = kept.of === "reasoning" ? kept : {};
  return {
    ...(signature !== undefined && { signature }),
    ...(signer !== undefined && { signer }),
    ...(redacted !== undefined && { redacted }),
  };
}

export function wordsOf(parts: Json | undefined): readonly string[] {
  if (!Array.isArray(parts)) return [];
  return parts.filter(isJsonObject).map((part) => stringOf(part.text));
}
