import type { WireFormat } from "../../wire-format.ts";
import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../error.ts";
import { patchCohereRequest } from "../options.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME } from "./wire.ts";

/** Cohere's Chat API, second version: https://docs.cohere.com/reference/chat */
export const cohereChat: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream",
  undecodable: UNDECODABLE,
  streamTerminator: "data: [DONE]\n\n",
  decodeRequest,
  encodeRequest,
  patchRequest: patchCohereRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError: decodeCohereError,
  encodeError: encodeCohereError,
};
