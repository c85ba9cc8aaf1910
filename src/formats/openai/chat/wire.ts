import type { Json, JsonObject } from "../../../chat/json.ts";

/**
 * The objects of OpenAI's Chat Completions as this gateway writes them
 * (https://platform.openai.com/docs/api-reference/chat), with the members by which compatible
 * vendors carry what OpenAI has no seat for: `reasoning_content`
 * (https://api-docs.deepseek.com/guides/reasoning_model), `reasoning_details`
 * (https://openrouter.ai/docs/use-cases/reasoning-tokens), `cache_control`
 * (https://openrouter.ai/docs/features/prompt-caching) and `extra_content`
 * (https://ai.google.dev/gemini-api/docs/openai).
 */
export const FORMAT_NAME = "openai-chat";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode llm/v1/chat response";

export type WireToolCall = {
  readonly id: string;
  readonly type: "function" | "custom";
  readonly function?: { readonly name: string; readonly arguments: string };
  readonly custom?: { readonly name: string; readonly input: string };
  readonly extra_content?: WireExtraContent;
};

export type WireExtraContent = {
  readonly google: { readonly thought_signature: string };
};

/** Opaque state of one reasoning block, to be sent back as it came. */
export type WireReasoningDetail =
  | {
      readonly type: "reasoning.text";
      readonly text: string;
      readonly signature?: string;
      readonly format?: string;
    }
  | {
      readonly type: "reasoning.encrypted";
      readonly data: string;
      readonly text?: string;
      readonly signature?: string;
      readonly format?: string;
    };

export type WireAnswerMessage = {
  readonly role: "assistant";
  readonly content: string | null;
  readonly refusal: string | null;
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly WireReasoningDetail[];
  readonly tool_calls?: readonly WireToolCall[] | undefined;
  readonly function_call?: WireToolCall["function"];
  readonly annotations?: readonly JsonObject[] | undefined;
  readonly extra_content?: WireExtraContent | undefined;
};

export type WireLogprobs = {
  readonly content: readonly Json[] | null;
  readonly refusal: readonly Json[] | null;
};

export type WireChoice = {
  readonly index: number;
  readonly message: WireAnswerMessage;
  readonly logprobs: WireLogprobs | null;
  readonly finish_reason: string | null;
  /** The vendor's own word where ours differs. */
  readonly native_finish_reason?: string | undefined;
};
