import { GatewayError } from "../../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import type { ReasoningPart, ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import { membersBeside } from "../../fields.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { decodeAnthropicError } from "../error.ts";
import { decodeCitations, encodeCitations } from "./citations.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";
import { decodeFinish, encodeFinish, FORMAT_NAME, JSON_TOOL } from "./wire.ts";

/**
 * Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error.
 * Blocks that only this vendor has (its own tools' calls and results) are left out.
 */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { content, usage } = wire;
  if (!Array.isArray(content)) {
    if (isJsonObject(wire.error)) throw decodeAnthropicError(200, wire);
    const detail = "'content' not in anthropic://llm/v1/chat response";
    throw new GatewayError("upstream_bad_response", detail);
  }
  const blocks = content.filter(isJsonObject);
  return {
    ...responseHead(wire),
    choices: [decodeChoice(blocks, wire)],
    ...(hasCounts(usage) && { usage: decodeUsage(usage) }),
  };
}

/** An empty report counts nothing. */
function hasCounts(usage: Json | undefined): usage is JsonObject {
  return isJsonObject(usage) && Object.keys(usage).length > 0;
}

const NAMED = new Set([
  "id",
  "type",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "usage",
]);

/** What a whole answer and the start of a stream have in common. */
export function responseHead(wire: JsonObject): Omit<ChatResponse, "choices"> {
  const extra = presentOf(membersBeside(wire, NAMED));
  return {
    id: typeof wire.id === "string" ? wire.id : "",
    model: typeof wire.model === "string" ? wire.model : "",
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function presentOf(members: JsonObject | undefined): JsonObject | undefined {
  const entries = Object.entries(members ?? {}).filter(([, value]) => value !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function decodeChoice(blocks: readonly JsonObject[], wire: JsonObject): Choice {
  const explanation = refusalOf(wire.stop_details);
  const content: ChoicePart[] = [
    ...blocks.flatMap(decodeBlock),
    ...(explanation === undefined ? [] : [{ type: "refusal", text: explanation } as const]),
  ];
  const word = wire.stop_reason;
  if (typeof word !== "string") return { content };
  const called = content.some((part) => part.type === "tool-call");
  const onlyJson = !called && blocks.some(isJsonAnswer);
  return { content, finishReason: decodeFinish(word, onlyJson), rawFinishReason: word };
}

export function isJsonAnswer(block: JsonObject): boolean {
  return block.type === "tool_use" && block.name === JSON_TOOL;
}

/** https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals */
export function refusalOf(details: Json | undefined): string | undefined {
  if (!isJsonObject(details) || details.type !== "refusal") return undefined;
  const { explanation } = details;
  return typeof explanation === "string" && explanation !== "" ? explanation : undefined;
}

function decodeBlock(wire: JsonObject): ChoicePart[] {
  switch (wire.type) {
    case "text": {
      const annotations = decodeCitations(wire.citations);
      const text = stringOf(wire.text);
      return [{ type: "text", text, ...(annotations.length > 0 && { annotations }) }];
    }
    case "thinking": {
      const { signature } = wire;
      const isSigned = typeof signature === "string" && signature !== "";
      return [{ type: "reasoning", text: stringOf(wire.thinking), ...(isSigned && { signature }) }];
    }
    case "redacted_thinking":
      return [{ type: "reasoning", text: "", redacted: stringOf(wire.data) }];
    case "tool_use": {
      const input = JSON.stringify(wire.input ?? {});
      if (isJsonAnswer(wire)) return [{ type: "text", text: input }];
      const call = { id: stringOf(wire.id), name: stringOf(wire.name) };
      return [{ type: "tool-call", ...call, arguments: input }];
    }
  }
  return [];
}

export function stringOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** https://platform.claude.com/docs/en/api/messages: the first answer, for the wire has no more. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const choice = response.choices[0] ?? { content: [] };
  return {
    ...answerHead(response, context),
    content: choice.content.flatMap(encodeBlock),
    ...stopMembers(choice, refusalWords(choice.content)),
    usage: encodeUsage(response.usage),
    ...ownExtra(response),
  };
}

export function answerHead(
  answer: Pick<ChatResponse, "id" | "model">,
  context: AnswerContext,
): JsonObject {
  return {
    id: answer.id === "" ? `msg_${context.requestId}` : answer.id,
    type: "message",
    role: "assistant",
    model: answer.model || context.model,
  };
}

export function ownExtra(answer: Pick<ChatResponse, "extra" | "extraFormat">): JsonObject {
  return answer.extraFormat === FORMAT_NAME && answer.extra ? answer.extra : {};
}

function refusalWords(content: readonly ChoicePart[]): string {
  return content.map((part) => (part.type === "refusal" ? part.text : "")).join("");
}

/** A refusal's words stand beside the stop reason, not in the content. */
export function stopMembers(
  { finishReason, rawFinishReason }: Omit<Choice, "content">,
  refusal: string,
): JsonObject {
  const reason = refusal === "" || finishReason === undefined ? finishReason : "content_filter";
  return {
    stop_reason: reason === undefined ? null : encodeFinish(reason, rawFinishReason),
    stop_sequence: null,
    ...(refusal !== "" && {
      stop_details: { type: "refusal", category: null, explanation: refusal },
    }),
  };
}

function encodeBlock(part: ChoicePart): JsonObject[] {
  switch (part.type) {
    case "text": {
      const citations = encodeCitations(part.annotations);
      return [
        { type: "text", text: part.text, citations: citations.length > 0 ? citations : null },
      ];
    }
    case "refusal":
      return [];
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call":
      return [{ type: "tool_use", id: part.id, name: part.name, input: inputOf(part) }];
  }
}

/** Words and their encrypted form are two blocks here. */
function encodeReasoning({ text, signature, redacted }: ReasoningPart): JsonObject[] {
  const shown = text !== "" || signature !== undefined || redacted === undefined;
  return [
    ...(shown ? [{ type: "thinking", thinking: text, signature: signature ?? "" }] : []),
    ...(redacted === undefined ? [] : [{ type: "redacted_thinking", data: redacted }]),
  ];
}

/** Input is an object here: what is none, for it was cut off or is free text, stands inside one. */
function inputOf(part: ToolCallPart): JsonObject {
  if (part.custom) return { input: part.arguments };
  if (part.arguments.trim() === "") return {};
  const input = parsed(part.arguments);
  // https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
  return isJsonObject(input) ? input : { INVALID_JSON: part.arguments };
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}
