import { decodeTgiError, encodeTgiError } from "../../tgi-error.ts";
import type { WireFormat } from "../../wire-format.ts";
import { encodeTgiDetails, encodeTgiFinish, onlyMember, tgiText } from "../answer.ts";
import { decodeTgiRequest, patchTgiRequest } from "../options.ts";
import { tgiStreamDecoder, tgiStreamEncoder } from "../stream.ts";
import { encodeRequest, type PromptWriter, promptByPosition, promptByRole } from "./request.ts";
import { decodeResponse, UNDECODABLE } from "./response.ts";
import { llama2Template, mistralTemplate } from "./templates.ts";

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
    decodeError: decodeTgiError,
    encodeError: encodeTgiError,
  };
}

export const llama2Raw = rawFormat(llama2Template.name, promptByRole(llama2Template));
/** With the reference's prompt, which goes by the messages' places. */
export const llama2RawByPosition = rawFormat("llama2-raw-by-position", promptByPosition);
export const mistralRaw = rawFormat(mistralTemplate.name, promptByRole(mistralTemplate));
