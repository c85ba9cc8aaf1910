/** What the lab answers, in no vendor's words: each dialect writes it in its own shape. */
export interface Script {
  /** Thinking before the answer, in the pieces it streams in. */
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  /** A refusal takes the place of the text. */
  readonly refusal: readonly string[];
  readonly calls: readonly ScriptedCall[];
  readonly finish: "stop" | "length" | "tool-calls" | "content-filter";
  readonly usage: ScriptedUsage;
}

export interface ScriptedCall {
  readonly name: string;
  /** 24 letters and digits; the dialect adds its prefix. */
  readonly id: string;
  /** JSON for a tool with a schema, free text for one without. */
  readonly input: readonly string[];
}

/** Tokens by the lab's tokenizer; reasoning is part of `output`, cached of `input`. */
export interface ScriptedUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** The text of an answer where a refusal is text like any other. */
export function wordsOf({ refusal, text }: Script): readonly string[] {
  return refusal.length > 0 ? refusal : text;
}

/** A call's arguments as the object they spell; cut by the token limit they are none. */
export function argumentsOf({ input }: ScriptedCall): unknown {
  try {
    return JSON.parse(input.join(""));
  } catch {
    return {};
  }
}
