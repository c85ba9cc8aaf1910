import type { WireFormat } from "../wire-format.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { patchRequest } from "./patch-request.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, NO_CONTENT, STREAM_CONTENT_TYPE, UNDECODABLE } from "./wire.ts";

/** Amazon Bedrock's Converse, for every model behind it. */
export const bedrockConverse: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: STREAM_CONTENT_TYPE,
  undecodable: UNDECODABLE,
  emptyAnswer: () => NO_CONTENT,
  decodeRequest,
  encodeRequest,
  patchRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError,
  encodeError,
};
