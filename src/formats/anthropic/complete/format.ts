import type { WireFormat } from "../../wire-format.ts";
import { decodeAnthropicError, encodeAnthropicError } from "../error.ts";
import { decodeRequest, encodeRequest, patchRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** Anthropic's retired text completions. */
export const anthropicComplete: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream; charset=utf-8",
  undecodable: UNDECODABLE,
  decodeRequest,
  encodeRequest,
  patchRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError: decodeAnthropicError,
  encodeError: encodeAnthropicError,
};
