import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../chat/json.ts";
import type { ReasoningPart, TextPart, ToolCallPart } from "../../chat/message.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../chat/response.ts";
import type { Usage } from "../../chat/usage.ts";
import { membersBeside } from "../fields.ts";
import { decodeCitation, encodeCitation } from "./citations.ts";
import { joinedTexts } from "./decode-content.ts";
import { decodeError } from "./errors.ts";
import { fromBlob, pictureText, toBlob } from "./media-types.ts";
import { fromWireName, JSON_OUTPUT, toWireId } from "./tools.ts";
import { decodeFinish, encodeFinish, FORMAT_NAME, NO_CONTENT } from "./wire.ts";

const NAMED = new Set(["output", "stopReason", "usage", "serviceTier"]);

/**
 * Throws `upstream_bad_response`, or the error that a body with status 200 tells. Inside the content
 * it is tolerant: what has no seat (what Bedrock's own tools did) is left out.
 */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const message = isJsonObject(wire.output) ? wire.output.message : undefined;
  const content = isJsonObject(message) ? message.content : undefined;
  const word = typeof wire.stopReason === "string" ? wire.stopReason : undefined;
  if (!Array.isArray(content) && word === undefined) throw noAnswer(wire);
  const parts = (Array.isArray(content) ? content : [])
    .filter(isJsonObject)
    .flatMap((block, i) => decodeBlock(block, i));
  const usage = isJsonObject(wire.usage) ? decodeUsage(wire.usage, wire.serviceTier) : undefined;
  const extra = membersBeside(wire, NAMED);
  return {
    id: "",
    model: "",
    choices: [{ content: parts, ...finishOf(word, parts) }],
    ...(usage && { usage }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function noAnswer(wire: JsonObject): GatewayError {
  const isError = wire.__type !== undefined || typeof wire.message === "string";
  return isError ? decodeError(200, wire) : new GatewayError("upstream_bad_response", NO_CONTENT);
}

function finishOf(word: string | undefined, parts: readonly ChoicePart[]) {
  if (word === undefined) return {};
  const { reason, raw } = decodeFinish(
    word,
    parts.some((part) => part.type === "tool-call"),
  );
  return { finishReason: reason, rawFinishReason: raw };
}

function decodeBlock(block: JsonObject, index: number): ChoicePart[] {
  if (typeof block.text === "string") return [{ type: "text", text: block.text }];
  if (isJsonObject(block.toolUse)) return decodeCall(block.toolUse, index);
  if (isJsonObject(block.reasoningContent)) return decodeReasoning(block.reasoningContent);
  if (isJsonObject(block.citationsContent)) return [decodeCited(block.citationsContent)];
  const picture = isJsonObject(block.image) ? pictureText(block.image) : "";
  return picture === "" ? [] : [{ type: "text", text: picture }];
}

function decodeCall(call: JsonObject, index: number): ChoicePart[] {
  if (isServerTool(call)) return [];
  const text = JSON.stringify(call.input ?? {});
  if (call.name === JSON_OUTPUT) return [{ type: "text", text }];
  const { id, name } = callHead(call, index);
  return [{ type: "tool-call", id, name, arguments: text }];
}

/** A tool that Bedrock runs itself: the client has nothing to do. */
export function isServerTool(call: JsonObject): boolean {
  return call.type === "server_tool_use";
}

export function callHead(call: JsonObject, index: number): { id: string; name: string } {
  const id = call.toolUseId;
  return {
    id: typeof id === "string" && id !== "" ? id : `call_${index}`,
    name: typeof call.name === "string" ? fromWireName(call.name) : "",
  };
}

function decodeReasoning(wire: JsonObject): ReasoningPart[] {
  if (typeof wire.redactedContent === "string") {
    return [{ type: "reasoning", text: "", redacted: fromBlob(wire.redactedContent) }];
  }
  const shown: Json | undefined = wire.reasoningText;
  if (!isJsonObject(shown)) return [];
  const { text, signature } = shown;
  return [
    {
      type: "reasoning",
      text: typeof text === "string" ? text : "",
      ...(typeof signature === "string" && signature !== "" && { signature }),
    },
  ];
}

function decodeCited(wire: JsonObject): TextPart {
  const citations = Array.isArray(wire.citations) ? wire.citations.filter(isJsonObject) : [];
  return {
    type: "text",
    text: joinedTexts(wire.content),
    ...(citations.length > 0 && { annotations: citations.map(decodeCitation) }),
  };
}

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html: one answer, the
 * first. The latency is 0 where another vendor answered, which tells none; clients read the member
 * unasked.
 */
export function encodeResponse(response: ChatResponse): JsonObject {
  const { usage } = response;
  const choice: Choice = response.choices[0] ?? { content: [] };
  return {
    output: { message: { role: "assistant", content: choice.content.flatMap(encodePart) } },
    stopReason: stopReasonOf(choice),
    ...(usage && { usage: encodeUsage(usage) }),
    metrics: { latencyMs: 0 },
    ...encodeTier(usage),
    ...(response.extraFormat === FORMAT_NAME && response.extra),
  };
}

function stopReasonOf({ content, finishReason, rawFinishReason }: Choice): string {
  const hasCalls = content.some((part) => part.type === "tool-call");
  return encodeFinish(finishReason ?? "stop", rawFinishReason, hasCalls);
}

function encodePart(part: ChoicePart): JsonObject[] {
  switch (part.type) {
    case "text":
      return [encodeText(part)];
    case "refusal":
      return [{ text: part.text }];
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call":
      return [{ toolUse: encodeCall(part) }];
  }
}

function encodeText({ text, annotations }: TextPart): JsonObject {
  if (!annotations) return { text };
  return { citationsContent: { content: [{ text }], citations: annotations.map(encodeCitation) } };
}

function encodeReasoning({ text, signature, redacted }: ReasoningPart): JsonObject[] {
  const blocks: JsonObject[] = [];
  if (text !== "" || redacted === undefined) {
    const proof = signature === undefined ? {} : { signature };
    blocks.push({ reasoningContent: { reasoningText: { text, ...proof } } });
  }
  if (redacted !== undefined) {
    blocks.push({ reasoningContent: { redactedContent: toBlob(redacted) } });
  }
  return blocks;
}

function encodeCall(part: ToolCallPart): JsonObject {
  return { toolUseId: toWireId(part.id), name: part.name, input: inputOf(part) };
}

/** An answer that was cut off leaves arguments that are no JSON; the client gets them as they are. */
function inputOf({ arguments: text, custom }: ToolCallPart): JsonObject {
  if (!custom) {
    try {
      const input = parseJson(text === "" ? "{}" : text);
      if (isJsonObject(input)) return input;
    } catch {
      return { input: text };
    }
  }
  return { input: text };
}

/**
 * `inputTokens` leaves out what was read from the cache and written to it
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html). Read tolerantly.
 */
export function decodeUsage(wire: JsonObject, tier: Json | undefined): Usage {
  const input = count(wire.inputTokens) ?? 0;
  const cached = count(wire.cacheReadInputTokens);
  const written = count(wire.cacheWriteInputTokens);
  const byTtl = writtenByTtl(wire.cacheDetails);
  const promptTokens = input + (cached ?? 0) + (written ?? 0);
  const completionTokens = count(wire.outputTokens) ?? 0;
  return {
    promptTokens,
    completionTokens,
    totalTokens: count(wire.totalTokens) ?? promptTokens + completionTokens,
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(byTtl && { cacheWriteTokens: byTtl }),
    ...(!byTtl && written !== undefined && { cacheWriteTokens: { "": written } }),
    ...(isJsonObject(tier) && typeof tier.type === "string" && { serviceTier: tier.type }),
  };
}

function writtenByTtl(details: Json | undefined): Record<string, number> | undefined {
  if (!Array.isArray(details)) return undefined;
  const byTtl: Record<string, number> = {};
  for (const detail of details) {
    if (!isJsonObject(detail) || typeof detail.ttl !== "string") continue;
    byTtl[detail.ttl] = (byTtl[detail.ttl] ?? 0) + (count(detail.inputTokens) ?? 0);
  }
  return Object.keys(byTtl).length > 0 ? byTtl : undefined;
}

export function encodeUsage(usage: Usage): JsonObject {
  const { promptTokens, completionTokens, totalTokens, cachedTokens, cacheWriteTokens } = usage;
  const writes = Object.entries(cacheWriteTokens ?? {});
  const written = writes.reduce((sum, [, tokens]) => sum + tokens, 0);
  const details = writes.filter(([ttl]) => ttl !== "");
  return {
    inputTokens: Math.max(0, promptTokens - (cachedTokens ?? 0) - written),
    outputTokens: completionTokens,
    totalTokens,
    ...(cachedTokens !== undefined && { cacheReadInputTokens: cachedTokens }),
    ...(cacheWriteTokens && { cacheWriteInputTokens: written }),
    ...(details.length > 0 && {
      cacheDetails: details.map(([ttl, inputTokens]) => ({ ttl, inputTokens })),
    }),
  };
}

/** `serviceTier` beside the usage. */
export function encodeTier(usage: Usage | undefined): JsonObject {
  return usage?.serviceTier === undefined ? {} : { serviceTier: { type: usage.serviceTier } };
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
