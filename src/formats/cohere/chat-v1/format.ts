import type { WireFormat } from "../../wire-format.ts";
import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../error.ts";
import { patchCohereRequest } from "../options.ts";
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
