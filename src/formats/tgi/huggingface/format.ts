import { type Fidelity, JOINED_FIDELITY } from "../../capabilities.ts";
import { decodeErrorText } from "../../error-text.ts";
import type { WireFormat } from "../../wire-format.ts";
import { encodeTgiError, onlyMember } from "../answer.ts";
import { TGI_FIDELITY } from "../fidelity.ts";
import { decodeTgiRequest, patchTgiRequest, tgiIntent } from "../options.ts";
import { tgiStreamDecoder, tgiStreamEncoder } from "../stream.ts";
import {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FORMAT_NAME,
  UNDECODABLE,
} from "./request.ts";

/**
 * Text generation as Hugging Face's inference API and Text Generation Inference have it: a prompt
 * in, its continuation out. `/generate` and `/generate_stream` say in their path whether to stream.
 */
export const huggingfaceGenerate: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
  answerOf: onlyMember,
  intent: tgiIntent,
  decodeRequest: (wire) => decodeTgiRequest(wire, FORMAT_NAME),
  encodeRequest,
  patchRequest: patchTgiRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder: (context) =>
    tgiStreamDecoder({ decodeResponse, undecodable: UNDECODABLE, trims: false }, context),
  streamEncoder: tgiStreamEncoder,
  decodeError: decodeErrorText,
  encodeError: encodeTgiError,
};

/** What Hugging Face's text generation carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...JOINED_FIDELITY,
  ...TGI_FIDELITY,
  "tool-results": { how: "dropped", note: "Refused: the prompt is text." },
  "failed-tool-results": { how: "dropped", note: "Refused: the prompt is text." },
};
