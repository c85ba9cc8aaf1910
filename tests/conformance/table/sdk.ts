/** What a vendor's own SDK is asked, in no vendor's words. */
export interface SdkQuestion {
  readonly turns: readonly Turn[];
  /** Goes with the last turn. */
  readonly file?: "image" | "document";
  readonly tools?: readonly ToolName[];
  /** The answer is to fit `CITY_SCHEMA`. */
  readonly isStructured?: true;
  readonly maxTokens?: number;
  /** Asks for thinking, where that is not there by itself. */
  readonly isThinking?: true;
  /** An answer that goes back as its vendor's SDK gave it, and what follows on it. */
  readonly after?: Later;
}

export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

export interface Later {
  readonly answer: SdkAnswer;
  /** One for each of the answer's calls, or a user's next words. */
  readonly results?: readonly string[];
  readonly text?: string;
}

export interface SdkAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly {
    readonly id: string;
    readonly name: string;
    readonly input: unknown;
  }[];
  readonly finish: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The message as the SDK gave it. */
  readonly own: unknown;
}

/** One official SDK, straight at the lab. */
export interface Sdk {
  readonly name: string;
  readonly words: { readonly stop: string; readonly length: string; readonly tools: string };
  /** Cases that this vendor's API has no words for, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** `lab` is the lab's address with the traits of the call. */
  ask(lab: string, question: SdkQuestion): Promise<SdkAnswer>;
  /** The same as a stream, put together from the SDK's events. */
  stream(lab: string, question: SdkQuestion): Promise<SdkAnswer>;
  /** The status that an error of the SDK's carries. */
  statusOf(error: unknown): unknown;
}

export type ToolName = keyof typeof TOOLS;

export const CITY_SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
} as const;

/** Of all tools the parameters. */
export const TOOLS = {
  get_weather: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
  get_time: { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] },
} as const;

export const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const PDF = Buffer.from("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n").toString(
  "base64",
);

/** The turns without system prompts, and those by themselves. */
export function parted(turns: readonly Turn[]) {
  return {
    system: turns.filter(({ role }) => role === "system").map(({ text }) => text),
    spoken: turns.flatMap((turn) => (turn.role === "system" ? [] : [{ ...turn, role: turn.role }])),
  };
}
