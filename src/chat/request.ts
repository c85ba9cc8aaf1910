import type { JsonObject } from "./json.ts";
import type { CachePoint, Message } from "./message.ts";

/**
 * A request for an answer, in no vendor's words. A legacy text completion is the same thing with
 * one user message (`kind: "completion"`).
 *
 * An absent member means the client did not say; no default is ever filled in here.
 */
export interface ChatRequest {
  readonly kind: "chat" | "completion";
  /** Empty when the wire names no model. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningRequest;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  /** How many answers to give (OpenAI's `n`). */
  readonly choiceCount?: number;
  readonly logprobs?: { readonly top: number };
  /** The end user, as the client names them. */
  readonly user?: string;
  readonly serviceTier?: string;
  readonly stream: boolean;
  /** The client asked for a usage report at the end of a stream. */
  readonly includeUsage?: boolean;
  /** Members that have no seat above, under the names of the wire format they came from. */
  readonly extra?: JsonObject;
  /** The wire format whose names `extra` uses; another format drops them with a notice. */
  readonly extraFormat?: string;
}

export type Tool = FunctionTool | VendorTool;

export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  readonly cache?: CachePoint;
}

/** A tool that the vendor itself runs (web search, code execution); only its own format carries it. */
export interface VendorTool {
  readonly type: "vendor";
  /** The wire format whose object this is. */
  readonly format: string;
  readonly wire: JsonObject;
}

export type ToolChoice =
  | { readonly type: "auto" }
  | { readonly type: "none" }
  | { readonly type: "required" }
  | { readonly type: "tool"; readonly name: string }
  /** Only these tools may be called. */
  | { readonly type: "allowed"; readonly names: readonly string[]; readonly required: boolean };

export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly name: string;
      readonly schema: JsonObject;
      readonly description?: string;
      readonly strict?: boolean;
    };

/** How hard to think. `effort` is an effort word; `budgetTokens` a vendor's explicit allowance. */
export interface ReasoningRequest {
  readonly effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
  readonly budgetTokens?: number;
  /** Let the vendor decide how much (Anthropic's `adaptive`, Gemini's budget -1). */
  readonly adaptive?: true;
  /** Whether the reasoning text should come back. */
  readonly includeText?: boolean;
}

/**
 * Something the client said that the target's format could not carry whole. It reaches the usage
 * record, a response header and, on a strict route, the client as a 400.
 */
export interface Notice {
  readonly kind: "dropped" | "approximated";
  /** The member in the client's words, such as `logprobs` or `messages[2].content[0]`. */
  readonly field: string;
  /** One sentence: what became of it and why. */
  readonly reason: string;
}
