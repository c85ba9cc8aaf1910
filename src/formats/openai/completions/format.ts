import { completeOpenAiError, decodeOpenAiError, encodeOpenAiError } from "../../error-object.ts";
import type { WireFormat } from "../../wire-format.ts";
import { patchRequest } from "../options.ts";
import { withoutUsageChunk } from "../usage-chunk-filter.ts";
import { FORMAT_NAME, UNDECODABLE } from "./fidelity.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";

/** OpenAI's Completions and everything compatible with it. */
export const openaiCompletions: WireFormat = {
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
