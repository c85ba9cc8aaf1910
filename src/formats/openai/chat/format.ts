import { completeOpenAiError, decodeOpenAiError, encodeOpenAiError } from "../../error-object.ts";
import type { WireFormat } from "../../wire-format.ts";
import { patchRequest } from "../options.ts";
import { withoutUsageChunk } from "../usage-chunk-filter.ts";
import { streamDecoder } from "./choice-decoder.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** OpenAI's Chat Completions and everything compatible with it. */
export const openaiChat: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
  streamTerminator: "data: [DONE]\n\n",
  decodeRequest,
  encodeRequest,
  patchRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  withoutUsage: withoutUsageChunk,
  decodeError: decodeOpenAiError,
  encodeError: encodeOpenAiError,
  completeError: completeOpenAiError,
};
