import type { FinishReason } from "../../chat/event.ts";
import type { Json } from "../../chat/json.ts";

/**
 * Amazon Bedrock's Converse and ConverseStream
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). The model
 * stands in the URL, and so does whether the answer is streamed: a body names neither.
 */
export const FORMAT_NAME = "bedrock-converse";

export const STREAM_CONTENT_TYPE = "application/vnd.amazon.eventstream";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode response from Bedrock";

/** The reference's words for an answer without content. */
export const NO_CONTENT = "no generation candidates received from Bedrock, or max_tokens too short";

/** Members of a request that have a canonical seat. */
export const SEATED_MEMBERS: ReadonlySet<string> = new Set([
  "messages",
  "system",
  "inferenceConfig",
  "toolConfig",
  "serviceTier",
  "outputConfig",
  "additionalModelRequestFields",
]);

/**
 * Members of a request without a canonical seat. They are taken from any client under these names:
 * an OpenAI client that knows it talks to Bedrock has no other way to say them.
 */
export const OWN_MEMBERS: ReadonlySet<string> = new Set([
  "guardrailConfig",
  "performanceConfig",
  "promptVariables",
  "requestMetadata",
  "additionalModelResponseFieldPaths",
]);

/**
 * Takes note of what a client's Converse request says and the canonical request has no seat for, by
 * its path. It travels among the extra members, so that whatever the target, a notice names it.
 */
export type Unseated = (path: string, value: Json) => void;

/** What the URL of a Converse call says that its body does not. */
export interface ConverseCall {
  /** Decoded: an id, an inference profile or an ARN. */
  readonly model: string;
  readonly stream: boolean;
}

const CONVERSE = /\/model\/([^/]+)\/converse(-stream)?$/;

/** Reads a path without its query; undefined for any other operation, and for a name that is not encoded rightly. */
export function readConversePath(path: string): ConverseCall | undefined {
  const match = CONVERSE.exec(path);
  const model = match?.[1] === undefined ? undefined : decoded(match[1]);
  if (model === undefined) return undefined;
  return { model, stream: match?.[2] !== undefined };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (`stopReason`).
 * A word that is not here means that the model stopped by itself.
 */
const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  malformed_model_output: "stop",
  malformed_tool_use: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
};

const WORDS = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "content_filtered",
} as const satisfies Record<FinishReason, string>;

export interface Finish {
  readonly reason: FinishReason;
  readonly raw: string;
}

/** What an answer calls says more than its word: a forced tool that held the JSON is no call. */
export function decodeFinish(word: string, hasToolCalls: boolean): Finish {
  const known = REASONS[word] ?? "stop";
  if (known === "stop" && hasToolCalls) return { reason: "tool_calls", raw: word };
  if (known === "tool_calls" && !hasToolCalls) return { reason: "stop", raw: word };
  return { reason: known, raw: word };
}

/** Bedrock's own word comes back as it was; another vendor's says too little to Bedrock's clients. */
export function encodeFinish(
  reason: FinishReason,
  raw: string | undefined,
  hasToolCalls: boolean,
): string {
  const isOwn = raw !== undefined && Object.hasOwn(REASONS, raw);
  if (isOwn && decodeFinish(raw, hasToolCalls).reason === reason) return raw;
  return WORDS[reason];
}
