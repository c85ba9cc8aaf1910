import { GatewayError } from "../../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import { decodeTgiError } from "../../tgi-error.ts";
import {
  decodeTgiUsage,
  encodeTgiDetails,
  encodeTgiFinish,
  tgiChoice,
  tgiText,
} from "../answer.ts";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "Failed to decode response";

/** Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { generated_text: text, details, model } = wire;
  if (typeof text !== "string") {
    if (wire.error !== undefined) throw decodeTgiError(200, wire);
    throw new GatewayError("upstream_bad_response", "Invalid response format");
  }
  const usage = decodeTgiUsage(wire, details);
  return {
    id: "",
    model: typeof model === "string" ? model : "",
    choices: [tgiChoice(text, details)],
    ...(usage && { usage }),
  };
}

/** The first answer's words: there is one answer, and nothing but text in it. */
export function encodeResponse(response: ChatResponse): JsonObject {
  const [choice] = response.choices;
  const { finishReason, rawFinishReason } = choice ?? {};
  const finish = finishReason && encodeTgiFinish(finishReason, rawFinishReason);
  const details = encodeTgiDetails(finish, response.usage);
  const proofs = choice?.content.flatMap((part): readonly Json[] =>
    part.type === "text" || part.type === "refusal" ? (part.logprobs ?? []) : [],
  );
  return {
    generated_text: tgiText(response),
    ...(details && {
      details: { ...details, prefill: [], ...tokensOf((proofs ?? []).filter(isJsonObject)) },
    }),
  };
}

/** Another model's tokens have no numbers here. */
function tokensOf(proofs: readonly JsonObject[]): JsonObject {
  const tops = proofs.map(({ top_logprobs: top }) =>
    Array.isArray(top) ? top.filter(isJsonObject).map(tokenOf) : [],
  );
  return {
    tokens: proofs.map(tokenOf),
    ...(proofs.length > 0 && { top_tokens: tops }),
  };
}

function tokenOf({ token, logprob }: JsonObject): JsonObject {
  return { id: 0, text: token ?? "", logprob: logprob ?? 0, special: false };
}
