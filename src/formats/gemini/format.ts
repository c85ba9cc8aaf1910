import type { WireFormat } from "../wire-format.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./error.ts";
import { patchRequest } from "./patch.ts";
import { decodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, NO_CANDIDATES, UNDECODABLE, UNSAFE } from "./wire.ts";

/** Gemini's `generateContent`, from the public API or Vertex AI. */
export const geminiGenerate: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream",
  undecodable: UNDECODABLE,
  emptyAnswer: ({ choices }) =>
    choices[0]?.finishReason === "content_filter" ? UNSAFE : NO_CANDIDATES,
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
