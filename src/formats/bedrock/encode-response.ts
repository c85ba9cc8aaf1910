import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import type { ReasoningPart, TextPart, ToolCallPart } from "../../chat/message.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../chat/response.ts";
import { toBlob } from "./blob.ts";
import { encodeCitation } from "./citations.ts";
import { encodeFinish } from "./finish.ts";
import { toWireId } from "./tool-names.ts";
import { encodeTier, encodeUsage } from "./usage.ts";
import { FORMAT_NAME } from "./wire.ts";

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
