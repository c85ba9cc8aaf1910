import type { GatewayError } from "./error.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Annotation } from "./message.ts";
import type { Usage } from "./usage.ts";

/**
 * Every answer is a stream of these:
 * `message-start (block-start delta* block-end | finish | usage)*`, or anything that ends in `error`
 * (`grammar.ts` is the law). Blocks of different choices, and parallel tool calls, may interleave;
 * a block's `index` is unique within the answer and rises in order of first appearance.
 */
export type ChatEvent =
  | {
      readonly type: "message-start";
      readonly id: string;
      readonly model: string;
      /** Unix seconds, where the vendor says. */
      readonly created?: number;
      /** Members without a seat, under the names of the wire they came from (`system_fingerprint`). */
      readonly extra?: JsonObject;
      /** The wire format whose names `extra` uses; another format leaves them out. */
      readonly extraFormat?: string;
    }
  | {
      readonly type: "block-start";
      readonly index: number;
      /** Which of several answers (OpenAI's `n`) the block belongs to, from 0. */
      readonly choice: number;
      readonly block: Block;
    }
  | {
      readonly type: "text-delta";
      readonly index: number;
      readonly text: string;
      readonly logprobs?: readonly Json[];
    }
  | { readonly type: "annotation"; readonly index: number; readonly annotation: Annotation }
  | {
      readonly type: "reasoning-delta";
      readonly index: number;
      readonly text?: string;
      /** Whole; the last one wins. */
      readonly signature?: string;
      /** Whose signature it is, beside it. */
      readonly signer?: string;
      /** Whole, where the vendor tells it only at the block's end; the last one wins. */
      readonly redacted?: string;
    }
  | { readonly type: "tool-call-delta"; readonly index: number; readonly arguments: string }
  | { readonly type: "block-end"; readonly index: number }
  | {
      readonly type: "usage";
      /** Cumulative: the last one wins. */
      readonly usage: Usage;
      /** Members that the vendor tells only here; they join those of `message-start`. */
      readonly extra?: JsonObject;
      readonly extraFormat?: string;
    }
  | {
      readonly type: "finish";
      readonly choice: number;
      readonly reason: FinishReason;
      /** The vendor's own word. */
      readonly raw?: string;
    }
  | { readonly type: "error"; readonly error: GatewayError };

/** `refusal` blocks carry their words as `text-delta`. */
export type Block =
  | { readonly kind: "text"; readonly signature?: string }
  | { readonly kind: "refusal" }
  | { readonly kind: "reasoning"; readonly redacted?: string }
  | {
      readonly kind: "tool-call";
      readonly id: string;
      readonly name: string;
      readonly signature?: string;
      /** The arguments are free text, not JSON (OpenAI's custom tools). */
      readonly custom?: true;
    };

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";
