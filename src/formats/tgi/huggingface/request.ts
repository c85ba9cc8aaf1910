import { GatewayError } from "../../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import { decodeErrorText } from "../../error-text.ts";
import { invalidField } from "../../fields.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import {
  decodeTgiUsage,
  encodeTgiDetails,
  encodeTgiFinish,
  tgiChoice,
  tgiText,
} from "../answer.ts";
import { dropUnseated, encodeTgiParameters } from "../options.ts";

/** https://huggingface.co/docs/inference-providers/tasks/text-generation */
export const FORMAT_NAME = "huggingface-generate";

/**
 * `{inputs, parameters, stream}`; the model stands in the path. The new serverless API refuses
 * members it does not know. Throws `invalid_request` for what is not text: the prompt is one string.
 */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  dropUnseated(chat, list);
  const { parameters: extra, ...members } = ownExtra(chat, FORMAT_NAME, list) ?? {};
  const parameters = {
    // A pipeline repeats the prompt unless told not to, and tells why it stopped only if asked.
    return_full_text: false,
    details: true,
    ...(isJsonObject(extra) && extra),
    ...encodeTgiParameters(chat, list),
  };
  const wire = {
    ...members,
    inputs: promptOf(chat, list),
    parameters,
    stream: chat.stream,
  };
  return { wire, notices: list.notices };
}

function promptOf({ messages }: ChatRequest, list: NoticeList): string {
  if (messages.length > 1) {
    list.approximated("messages", "Text generation takes one prompt; the turns are joined.");
  }
  const turns = messages.map((message, i) => {
    const texts = message.content.map((part, k) => {
      const path = `messages[${i}].content[${k}]`;
      if (part.type !== "text") throw invalidField(path, "must be text: the prompt is one string");
      if (part.annotations) list.dropped(`${path}.annotations`, "A prompt holds no citations.");
      return part.text;
    });
    return texts.join("");
  });
  return turns.join("\n\n");
}

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "Failed to decode response";

/** Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { generated_text: text, details, model } = wire;
  if (typeof text !== "string") {
    if (wire.error !== undefined) throw decodeErrorText(200, wire);
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
