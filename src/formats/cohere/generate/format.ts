import { type Fidelity, JOINED_FIDELITY } from "../../capabilities.ts";
import type { WireFormat } from "../../wire-format.ts";
import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../error.ts";
import { COHERE_FIDELITY } from "../fidelity.ts";
import { patchCohereRequest } from "../options.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FORMAT_NAME,
  intent,
} from "./request.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";

/** Cohere's Generate API: https://docs.cohere.com/v1/reference/generate */
export const cohereGenerate: WireFormat = {
  intent,
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

/** What Cohere's completions carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...JOINED_FIDELITY,
  ...COHERE_FIDELITY,
  "tool-results": { how: "approximated", note: "Joined to the prompt." },
  "failed-tool-results": { how: "dropped" },
  "json-mode": { how: "dropped" },
  "json-schema": { how: "dropped" },
  logprobs: { how: "dropped" },
  "choice-count": { how: "kept" },
};
