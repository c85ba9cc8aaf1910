import type { WireFormat } from "../../wire-format.ts";
import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../error.ts";
import { patchCohereRequest } from "../options.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FORMAT_NAME,
} from "./request.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";

/** Cohere's Generate API: https://docs.cohere.com/v1/reference/generate */
export const cohereGenerate: WireFormat = {
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
