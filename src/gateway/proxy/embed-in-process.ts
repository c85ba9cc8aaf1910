import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import {
  decodeEmbeddingsRequest,
  type Encoding,
  encodeEmbeddings,
} from "../../formats/embeddings/client.ts";
import { leftOver } from "../../formats/embeddings/format.ts";
import { invalidField } from "../../formats/fields.ts";
import { isHarmless } from "../../formats/harmless.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import { LOCAL_DIMENSIONS, LOCAL_MODEL } from "../../providers/local-embeddings.ts";
import { answerHeaders } from "../answer/answer-headers.ts";
import { observeEmbeddings } from "../answer/embeddings-answer.ts";
import type { Asking } from "../call/call.ts";
import { noteLosses, refuseLosses } from "../call/fidelity.ts";
import type { Plan } from "../call/plan.ts";
import type { Reply } from "../call/reply.ts";

/** Answers with the vectors of the local model: no upstream is asked. Throws `invalid_request`. */
export async function embedInProcess(
  call: Asking,
  plan: Plan,
  wire: JsonObject,
  encoding: Encoding,
): Promise<Reply> {
  if (plan.model !== LOCAL_MODEL) {
    const message = `provider local has no model '${plan.model}': it has ${LOCAL_MODEL}`;
    throw new GatewayError("not_found", message, { vendor: { param: "model" } });
  }
  const request = decodeEmbeddingsRequest(wire, plan.model);
  const { dimensions = LOCAL_DIMENSIONS, texts } = request;
  if (dimensions < 1 || dimensions > LOCAL_DIMENSIONS) {
    throw invalidField("dimensions", `must be 1 to ${LOCAL_DIMENSIONS}`);
  }
  const notices = leftOver(request).filter(({ field }) => !isHarmless(field, wire[field] ?? null));
  refuseLosses(notices, plan);
  noteLosses(call, plan, notices);
  const { ai } = call.record;
  if (ai?.payloads) ai.payloadRequest = JSON.stringify(wire);
  const { vectors, promptTokens } = await call.processState.localModel.vectors(texts, dimensions);
  const answer = {
    vectors: vectors.map((vector) => Array.from(vector)),
    model: plan.model,
    usage: { promptTokens, completionTokens: 0, totalTokens: promptTokens },
  };
  const usage = observeEmbeddings(call, wire, answer);
  const text = JSON.stringify(encodeEmbeddings({ ...answer, usage }, encoding));
  if (ai?.payloads) ai.payloadResponse = text;
  const headers = answerHeaders(HeaderMap.of(), plan, call);
  headers.set("content-type", "application/json");
  return { status: 200, headers, body: { type: "whole", bytes: new TextEncoder().encode(text) } };
}
