import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ReasoningPart } from "../../../chat/message.ts";
import type { WireExtraContent, WireReasoningDetail } from "./wire.ts";

/**
 * Reasoning stands as plain text in `reasoning_content` for clients that show it. What must go back
 * unchanged, signatures and encrypted blocks, stands beside it in `reasoning_details`, which then
 * lists every block and is the truth.
 */
export function encodeReasoning(parts: readonly ReasoningPart[]): {
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly WireReasoningDetail[];
} {
  if (parts.length === 0) return {};
  const text = parts.map((part) => part.text).join("");
  return {
    ...(text !== "" && { reasoning_content: text }),
    ...(needsDetails(parts) && { reasoning_details: parts.map(reasoningDetail) }),
  };
}

function needsDetails(parts: readonly ReasoningPart[]): boolean {
  return parts.length > 1 || parts.some((part) => part.text === "" || isOpaque(part));
}

export function isOpaque(part: Omit<ReasoningPart, "type">): boolean {
  return part.signature !== undefined || part.redacted !== undefined;
}

export function reasoningDetail(part: Omit<ReasoningPart, "type">): WireReasoningDetail {
  const { text, signature, signer, redacted } = part;
  const proof = {
    ...(signature !== undefined && { signature }),
    ...(signer !== undefined && { format: signer }),
  };
  if (redacted === undefined) return { type: "reasoning.text", text, ...proof };
  const shown = text === "" ? {} : { text };
  return { type: "reasoning.encrypted", data: redacted, ...shown, ...proof };
}

/** Tolerant: what is no reasoning is skipped. OpenRouter and vLLM name the plain text `reasoning`. */
export function decodeReasoning(message: JsonObject): ReasoningPart[] {
  const details = decodeDetails(message.reasoning_details);
  if (details.length > 0) return details;
  const text = plainReasoning(message);
  return text === undefined ? [] : [{ type: "reasoning", text }];
}

export function plainReasoning(wire: JsonObject): string | undefined {
  if (typeof wire.reasoning_content === "string" && wire.reasoning_content !== "") {
    return wire.reasoning_content;
  }
  return typeof wire.reasoning === "string" && wire.reasoning !== "" ? wire.reasoning : undefined;
}

export function decodeDetails(wire: Json | undefined): ReasoningPart[] {
  if (!Array.isArray(wire)) return [];
  return wire.flatMap((detail) => {
    const part = isJsonObject(detail) ? decodeDetail(detail) : undefined;
    return part ? [part] : [];
  });
}

function decodeDetail(detail: JsonObject): ReasoningPart | undefined {
  const { signature, format } = detail;
  const proof =
    typeof signature === "string"
      ? { signature, ...(typeof format === "string" && { signer: format }) }
      : {};
  const text = typeof detail.text === "string" ? detail.text : "";
  switch (detail.type) {
    case "reasoning.text":
      return { type: "reasoning", text, ...proof };
    case "reasoning.summary":
      if (typeof detail.summary !== "string") return undefined;
      return { type: "reasoning", text: detail.summary, ...proof };
    case "reasoning.encrypted":
      if (typeof detail.data !== "string") return undefined;
      return { type: "reasoning", text, ...proof, redacted: detail.data };
  }
  return undefined;
}

/** Google's thought signature, at a tool call, a message or a content part. */
export function signatureOf(wire: JsonObject): string | undefined {
  const google = isJsonObject(wire.extra_content) ? wire.extra_content.google : undefined;
  const signature = isJsonObject(google) ? google.thought_signature : undefined;
  return typeof signature === "string" ? signature : undefined;
}

export function extraContent(signature: string): WireExtraContent {
  return { google: { thought_signature: signature } };
}

const KINDS: ReadonlySet<unknown> = new Set(["thinking", "reasoning", "redacted_thinking"]);

/**
 * Thoughts among the parts of an assistant's turn, as Mistral
 * (https://docs.mistral.ai/capabilities/reasoning/) and Databricks answer with them.
 */
export function isThought(part: Json): boolean {
  return isJsonObject(part) && KINDS.has(part.type);
}

/** Their words. A signature beside them is its vendor's, which no part names: it is not kept. */
export function thoughtParts(parts: readonly Json[]): readonly ReasoningPart[] {
  return parts.flatMap((part): readonly ReasoningPart[] => {
    if (!isJsonObject(part) || !isThought(part)) return [];
    const text = wordsOf(part.thinking ?? part.summary ?? part.text);
    return text === "" ? [] : [{ type: "reasoning", text }];
  });
}

function wordsOf(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(wordsOf).join("");
  return isJsonObject(value) ? wordsOf(value.text) : "";
}
