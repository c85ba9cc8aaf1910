import { GatewayError } from "../../chat/error.ts";
import { type JsonObject, parseJson } from "../../chat/json.ts";
import type { Usage } from "../../chat/usage.ts";
import type { EmbeddingsResponse } from "../../formats/embeddings/format.ts";
import { estimatePromptTokens, settledUsage } from "../../telemetry/estimate.ts";
import type { Asking } from "../call/call.ts";
import { type Plan, transformationFailed } from "../call/plan.ts";
import type { VendorAnswer } from "../upstream/echoes.ts";
import { type AnswerText, readAnswerText } from "./read-answer.ts";

export interface EmbeddingsRead extends AnswerText {
  /** Parsed. */
  readonly body: unknown;
  readonly answer: EmbeddingsResponse;
}

/** A vendor's vectors, as many as are due. Throws `upstream_bad_response` for anything else. */
export async function readEmbeddings(
  incoming: VendorAnswer,
  call: Asking,
  plan: Plan,
  decode: (body: unknown) => EmbeddingsResponse,
  due: number,
): Promise<EmbeddingsRead> {
  const read = await readAnswerText(incoming, call);
  const body = parsed(read.text, plan);
  const answer = decoded(() => decode(body), plan, incoming);
  const { length } = answer.vectors;
  if (length === due) return { ...read, body, answer };
  throw transformationFailed(plan, `it holds ${length} vectors for ${due} inputs`);
}

function parsed(text: string, plan: Plan): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw transformationFailed(plan, "it is not JSON", cause);
  }
}

function decoded(
  decode: () => EmbeddingsResponse,
  plan: Plan,
  { echoes }: VendorAnswer,
): EmbeddingsResponse {
  try {
    return decode();
  } catch (thrown) {
    const cause = echoes.thrown(thrown);
    if (!(cause instanceof GatewayError)) throw cause;
    throw transformationFailed(plan, cause.message, cause);
  }
}

/** Notes what an answer says of itself; gives the usage to bill, estimated where the vendor tells none. */
export function observeEmbeddings(
  { record }: Asking,
  wire: JsonObject,
  { model, usage }: EmbeddingsResponse,
  text?: string,
): Usage {
  const { ai } = record;
  if (!ai) throw new TypeError("an answer to a call without a target");
  ai.firstTokenAtMs = performance.now();
  if (model !== undefined) ai.responseModel = model;
  if (usage) ai.usage = usage;
  else ai.estimatedPromptTokens = estimatePromptTokens(wire, false);
  if (ai.payloads && text !== undefined) ai.payloadResponse = text;
  return settledUsage(record, ai);
}
