import { isJsonObject } from "../../chat/json.ts";
import type { ChatResponse, ChoicePart } from "../../chat/response.ts";

/** What stands in the store under a question. */
export interface KeptAnswer {
  /** The question. */
  readonly text: string;
  readonly response: ChatResponse;
  /** What the vendor's answer cost, in the currency of the configured prices. */
  readonly cost: number;
}

/** Characters of a kept answer; a longer one is not kept. */
export const MAX_KEPT_LENGTH = 1024 * 1024;

/**
 * Whether an answer may be given to somebody else: it is all there, it says something, and in every choice
 * the model stopped by itself. What was cut off, filtered, refused or calls a tool is the one call's own; what
 * was found somewhere, and cited, is true today.
 */
export function isKeepable({ choices }: ChatResponse): boolean {
  return choices.length > 0 && choices.every(isFinished);
}

function isFinished({ content, finishReason }: ChatResponse["choices"][number]): boolean {
  return finishReason === "stop" && content.every(isText) && content.some(saysSomething);
}

function isText(part: ChoicePart): boolean {
  return part.type === "reasoning" || (part.type === "text" && !part.annotations?.length);
}

function saysSomething(part: ChoicePart): boolean {
  return part.type === "text" && part.text !== "";
}

export function writeKept(kept: KeptAnswer): string {
  return JSON.stringify(kept);
}

/** Undefined for what another version, or somebody else, has written. */
export function readKept(value: string): KeptAnswer | undefined {
  const kept = parsed(value);
  if (!isJsonObject(kept) || typeof kept["text"] !== "string") return undefined;
  const { response } = kept;
  if (!isJsonObject(response) || !Array.isArray(response["choices"])) return undefined;
  // Whoever can write the store can answer for the model: its shape alone is checked here.
  return kept as unknown as KeptAnswer;
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
