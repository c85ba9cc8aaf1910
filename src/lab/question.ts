/** What a client asked, in no vendor's words: each dialect reads its own request into this. */
export interface Question {
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string };
  readonly parallelTools: boolean;
  readonly output: Output;
  readonly stop: readonly string[];
  readonly maxTokens?: number;
}

export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  readonly files: readonly FileSeen[];
}

/** A picture, recording or document in a message; `bytes` is its decoded size. */
export interface FileSeen {
  readonly kind: "image" | "audio" | "file";
  readonly mediaType?: string;
  readonly bytes?: number;
  readonly url?: string;
}

/** `schema` describes the arguments; without one the tool takes free text. */
export interface Tool {
  readonly name: string;
  readonly schema?: unknown;
}

export type Output =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | { readonly type: "json-schema"; readonly schema: unknown };

/** A plain question: the parts a dialect has no words for. */
export const PLAIN = {
  turns: [],
  tools: [],
  toolChoice: "auto",
  parallelTools: true,
  output: { type: "text" },
  stop: [],
} as const satisfies Question;
