import type { Json, JsonObject } from "../chat/json.ts";
import type { PromptText } from "./prompt-text.ts";

/**
 * What a request asks for, told without decoding it: of the many calls that go on as they came nobody
 * needs more, and of a request that does not decode it is told as well. `path` is that of the client's
 * URL, without its query. Nothing here throws.
 */
export interface Intent {
  /** As the client wrote it, whatever that is: who uses it checks it. */
  model(wire: JsonObject, path: string): Json | undefined;
  stream(wire: JsonObject, path: string): boolean;
  /** How many answers; 1 where the request does not say. */
  choiceCount(wire: JsonObject): number;
  /** Whether a stream is to end with a report of usage. */
  wantsUsage(wire: JsonObject): boolean;
  /** Whether it asks for anything. The outline of a request says so too (`members.nested`). */
  hasPrompt(wire: JsonObject): boolean;
  /**
   * Every text that the vendor is sent, in the request's order. Undefined where there is no prompt, or
   * one that cannot be looked at, such as token ids: that must not pass as a prompt that says nothing.
   */
  texts(wire: JsonObject): readonly PromptText[] | undefined;
  readonly members: {
    /** Those that hold the prompt. */
    readonly prompt: readonly string[];
    /** Those that say whether and how to stream. */
    readonly streaming: readonly string[];
    /** Objects that the answers above are found in. */
    readonly nested?: readonly string[];
  };
}

/** What most dialects have in common: model and stream are members, there is one answer, and its usage is told unasked. */
export const PLAIN_INTENT = {
  model: (wire) => wire.model,
  stream: (wire) => wire.stream === true,
  choiceCount: () => 1,
  wantsUsage: () => true,
} as const satisfies Partial<Intent>;
