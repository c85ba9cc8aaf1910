import type { FinishReason } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ReasoningPart, RefusalPart, TextPart, ToolCallPart } from "./message.ts";
import type { Usage } from "./usage.ts";

/** A whole answer: what `collect` makes of the events, and `expand` turns back into them. */
export interface ChatResponse {
  /** Empty when the vendor gives none. */
  readonly id: string;
  readonly model: string;
  /** Unix seconds. */
  readonly created?: number;
  readonly choices: readonly Choice[];
  readonly usage?: Usage;
  /** Members without a seat, under the names of the wire they came from. */
  readonly extra?: JsonObject;
  /** The wire format whose names `extra` uses; another format leaves them out. */
  readonly extraFormat?: string;
}

export interface Choice {
  readonly content: readonly ChoicePart[];
  readonly finishReason?: FinishReason;
  /** The vendor's own word for the finish reason. */
  readonly rawFinishReason?: string;
}

export type ChoicePart =
  | ((TextPart | RefusalPart) & { readonly logprobs?: readonly Json[] })
  | ReasoningPart
  | ToolCallPart;

/** Whether any choice says something, if only why it ended. */
export function hasAnswer({ choices }: ChatResponse): boolean {
  return choices.some(
    ({ content, finishReason }) => content.length > 0 || finishReason !== undefined,
  );
}
