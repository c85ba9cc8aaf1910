import { decodeTgiError, encodeTgiError } from "../../tgi-error.ts";
import type { WireFormat } from "../../wire-format.ts";
import { onlyMember } from "../answer.ts";
import { decodeTgiRequest, patchTgiRequest } from "../options.ts";
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
  decodeRequest: (wire) => decodeTgiRequest(wire, FORMAT_NAME),
  encodeRequest,
  patchRequest: patchTgiRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder: (context) =>
    tgiStreamDecoder({ decodeResponse, undecodable: UNDECODABLE, trims: false }, context),
  streamEncoder: tgiStreamEncoder,
  decodeError: decodeTgiError,
  encodeError: encodeTgiError,
};
