import { GatewayError } from "../../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import type { Fidelity } from "../../capabilities.ts";
import { decodeErrorText } from "../../error-text.ts";
import type { WireFormat } from "../../wire-format.ts";
import {
  decodeTgiUsage,
  encodeTgiDetails,
  encodeTgiError,
  encodeTgiFinish,
  onlyMember,
  tgiChoice,
  tgiText,
} from "../answer.ts";
import { TGI_FIDELITY } from "../fidelity.ts";
import { decodeTgiRequest, patchTgiRequest, tgiIntent } from "../options.ts";
import { tgiStreamDecoder, tgiStreamEncoder } from "../stream.ts";
import { encodeRequest, type PromptWriter, promptByPosition, promptByRole } from "./request.ts";
import { llama2Template, mistralTemplate } from "./templates.ts";

/** The reference's words for an answer that is not JSON. */
const UNDECODABLE = "cannot parse response from llama2 endpoint";

/**
 * A model behind a server of plain prompts: the conversation is written in the model's own template.
 * The body is that of Text Generation Inference. No client speaks this, so its client side is the
 * server's: a prompt as it stands.
 */
function rawFormat(name: string, write: PromptWriter): WireFormat {
  return {
    name,
    streamContentType: "text/event-stream; charset=utf-8",
    undecodable: UNDECODABLE,
    answerOf: onlyMember,
    intent: tgiIntent,
    decodeRequest: (wire) => decodeTgiRequest(wire, name),
    encodeRequest: (chat) => encodeRequest(chat, name, write),
    patchRequest: patchTgiRequest,
    decodeResponse,
    encodeResponse: (response) => {
      const [choice] = response.choices;
      const { finishReason, rawFinishReason } = choice ?? {};
      const finish = finishReason && encodeTgiFinish(finishReason, rawFinishReason);
      const details = encodeTgiDetails(finish, response.usage);
      return { generated_text: tgiText(response), ...(details && { details }) };
    },
    streamDecoder: (context) =>
      tgiStreamDecoder({ decodeResponse, undecodable: UNDECODABLE, trims: true }, context),
    streamEncoder: tgiStreamEncoder,
    decodeError: decodeErrorText,
    encodeError: encodeTgiError,
  };
}

export const llama2Raw = rawFormat(llama2Template.name, promptByRole(llama2Template));
/** With the reference's prompt, which goes by the messages' places. */
export const llama2RawByPosition = rawFormat("llama2-raw-by-position", promptByPosition);
export const mistralRaw = rawFormat(mistralTemplate.name, promptByRole(mistralTemplate));

/** What a prompt in Llama 2's or Mistral's template carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...TGI_FIDELITY,
  system: { how: "mapped", note: "Stands in the first question, as the template has it." },
  "system-in-place": { how: "approximated", note: "Said by the user of the turn that follows." },
  "developer-role": { how: "mapped", note: "Written as the system's." },
  "multi-turn": { how: "kept", note: "Tags of the template within a message are taken apart." },
  "tool-results": { how: "dropped" },
  "tool-result-files": { how: "dropped" },
  "failed-tool-results": { how: "dropped" },
  "image-url": { how: "dropped" },
  "image-base64": { how: "dropped" },
  documents: { how: "dropped", note: "Text documents are put into the prompt as text." },
  audio: { how: "dropped" },
  "reasoning-text": { how: "dropped" },
  "reasoning-signatures": { how: "dropped" },
  refusals: { how: "approximated", note: "Said as text." },
};

/** Ends the question in every template here; a server may repeat the prompt up to it. */
const END_OF_QUESTION = "[/INST]";

/**
 * `{data: [{generated_text}]}` as the reference has it, or the text itself as Text Generation
 * Inference gives it. Throws `upstream_bad_response`; or, for an error whose status said 200, that
 * error.
 */
function decodeResponse(wire: JsonObject): ChatResponse {
  const { data } = wire;
  if (data === undefined && wire.error !== undefined) throw decodeErrorText(200, wire);
  const answer = data === undefined ? wire : firstOf(data);
  if (typeof answer.generated_text !== "string") {
    throw bad("response did not contain a system reply");
  }
  const details = answer.details ?? wire.details;
  const usage = decodeTgiUsage(wire.usage === undefined ? answer : wire, details);
  return {
    id: "",
    model: typeof wire.model === "string" ? wire.model : "",
    choices: [tgiChoice(reply(answer.generated_text), details)],
    ...(usage && { usage }),
  };
}

function firstOf(data: unknown): JsonObject {
  const [first, ...others] = Array.isArray(data) ? data : [];
  if (first === undefined || others.length > 0) {
    throw bad("response data is empty from llama2 endpoint");
  }
  return isJsonObject(first) ? first : {};
}

function reply(text: string): string {
  const end = text.lastIndexOf(END_OF_QUESTION);
  return (end < 0 ? text : text.slice(end + END_OF_QUESTION.length)).trim();
}

function bad(detail: string): GatewayError {
  return new GatewayError("upstream_bad_response", detail);
}
