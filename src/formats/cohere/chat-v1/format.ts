import type { Fidelity } from "../../capabilities.ts";
import type { WireFormat } from "../../wire-format.ts";
import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../error.ts";
import { COHERE_CHAT_FIDELITY } from "../fidelity.ts";
import { patchCohereRequest } from "../options.ts";
import { intent } from "./intent.ts";
import { decodeRequest, encodeRequest, FORMAT_NAME } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";

/** Cohere's Chat API, first version: https://docs.cohere.com/v1/reference/chat */
export const cohereChatV1: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "application/stream+json",
  undecodable: UNDECODABLE,
  intent,
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

/** What Cohere's first chat API carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...COHERE_CHAT_FIDELITY,
  system: { how: "mapped", note: "The first is the preamble; several texts become one." },
  "participant-names": { how: "dropped" },
  tools: {
    how: "mapped",
    note: "Types, descriptions and necessity; deeper schemas are approximated.",
  },
  "vendor-tools": { how: "dropped" },
  "strict-tools": { how: "dropped" },
  "tool-choice": { how: "approximated", note: "none hides the tools; no call can be demanded." },
  "parallel-tool-calls": { how: "dropped" },
  "tool-results": { how: "mapped", note: "Text that is no object is the member output of one." },
  "tool-result-files": { how: "dropped", note: "Text files are put in as text." },
  "failed-tool-results": { how: "dropped" },
  "image-url": { how: "dropped" },
  "image-base64": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "dropped" },
  "reasoning-effort": { how: "dropped" },
  "reasoning-budget": { how: "dropped" },
  "reasoning-text": { how: "dropped" },
  "cache-points": { how: "dropped" },
  citations: { how: "dropped", note: "Kept in answers, not sent back with the history." },
};
