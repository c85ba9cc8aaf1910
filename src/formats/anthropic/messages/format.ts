import type { WireFormat } from "../../wire-format.ts";
import { decodeAnthropicError, encodeAnthropicError } from "../error.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { patchRequest } from "./patch-request.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** Anthropic's Messages. */
export const anthropicMessages: WireFormat = {
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
