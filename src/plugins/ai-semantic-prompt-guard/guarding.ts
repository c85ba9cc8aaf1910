import { errorCodeForStatus, GatewayError } from "../../chat/error.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import {
  promptShown,
  type Reading,
  readClientPrompt,
} from "../../gateway/request/client-prompt.ts";
import { latencySince, noteFigures } from "../../telemetry/call-record.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import type { SemanticGuardOptions } from "./options.ts";
import type { BlockReason, Judge, Verdict } from "./rules-judge.ts";
import { watchedTexts } from "./watched-texts.ts";

export interface Guard {
  readonly options: SemanticGuardOptions;
  readonly judge: Judge;
  /** It may be asked where nothing is to be sent. */
  readonly asksNobody: boolean;
  /** Hears of each comparison: what went wrong, or nothing. */
  readonly onLook: (failure: GatewayError | undefined) => void;
}

/** Lets pass what may. */
export function guarding({ options, judge, asksNobody, onLook }: Guard): Middleware {
  const { llm_format: llmFormat } = options;
  const reading: Reading = {
    llmFormat,
    limitBytes: options.max_request_body_size,
    unreadable: "request body is not valid JSON",
  };

  async function verdictOn(call: Call): Promise<Verdict> {
    const watched = watchedTexts(await promptShown(call, reading), options.rules);
    if (!watched) return { blockReason: "prompt holds no text that can be compared" };
    try {
      const verdict = await judge(watched, call.client.signal());
      onLook(undefined);
      return verdict;
    } catch (failure) {
      if (!(failure instanceof GatewayError) || failure.code === "client_aborted") throw failure;
      onLook(failure);
      return { failure };
    }
  }

  return refusingInDialect(llmFormat, async (call, next) => {
    const read = await readClientPrompt(call, reading);
    if (call.isRehearsal && !asksNobody) return next(read);
    const startedAtMs = performance.now();
    const verdict = await verdictOn(read);
    noteVerdict(call, verdict, options, startedAtMs);
    const { blockReason, failure } = verdict;
    if (failure && options.stop_on_error) throw notCompared(failure);
    if (blockReason === undefined) return next(read);
    throw refusal(blockReason, options);
  });
}

function notCompared(cause: GatewayError): GatewayError {
  const message = "the prompt could not be compared with the rules of this route";
  return new GatewayError("upstream_error", message, { cause });
}

/** The reference's words, of which one page shows one and another page the other. */
function refusal(
  cause: BlockReason,
  { error_code: status, reveal_reason: isRevealed }: SemanticGuardOptions,
): GatewayError {
  const message = isRevealed ? REVEALED[cause] : "bad request";
  return new GatewayError(errorCodeForStatus(status), message, { status, cause });
}

const REVEALED = {
  "prompt is near a denied one": "Request is blocked due to semantic similarity with a deny prompt",
  "prompt is near none that is allowed":
    "Request is blocked due to no semantic similarity with an allow prompt",
  "prompt is too long to be compared": "Request is blocked: its prompt is too long to be compared",
  "prompt holds no text that can be compared":
    "Request is blocked: its prompt holds no text that can be compared",
} as const satisfies Record<BlockReason, string>;

/** What the call's log says, as `ai.proxy.semantic-prompt-guard`. */
function noteVerdict(
  { record }: Call,
  { blockReason, matchedRule = "", distance, embedding, failure }: Verdict,
  { embeddings: { model } }: SemanticGuardOptions,
  startedAtMs: number,
): void {
  noteFigures(record, "proxy.semantic-prompt-guard", {
    block_reason: blockReason ?? "",
    matched_rule: matchedRule,
    ...(distance !== undefined && { distance }),
    processing_latency: latencySince(startedAtMs),
    ...(embedding && {
      embeddings_provider: model.provider,
      embeddings_model: model.name,
      embeddings_latency: embedding.latencyMs,
      embeddings_tokens: embedding.promptTokens,
    }),
    ...(failure !== undefined && { input_unseen: failure.message }),
  });
}
