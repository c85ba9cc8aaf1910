import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../cohere-error.ts";
import { patchCohereRequest } from "../cohere-options.ts";
import type { WireFormat } from "../wire-format.ts";
import { streamDecoder } from "./decode-stream.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { FORMAT_NAME } from "./wire.ts";

/** Cohere's Chat API, first version: https://docs.cohere.com/v1/reference/chat */
export const cohereChatV1: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "application/stream+json",
  undecodable: UNDECODABLE,
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
