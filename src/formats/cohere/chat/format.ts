import type { Fidelity } from "../../capabilities.ts";
import type { WireFormat } from "../../wire-format.ts";
import { decodeCohereError, encodeCohereError, UNDECODABLE } from "../error.ts";
import { COHERE_CHAT_FIDELITY } from "../fidelity.ts";
import { patchCohereRequest } from "../options.ts";
import { streamDecoder } from "./decode-stream.ts";
import { encodeResponse } from "./encode-response.ts";
import { streamEncoder } from "./encode-stream.ts";
import { intent } from "./intent.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse, FORMAT_NAME } from "./response.ts";

/** Cohere's Chat API, second version: https://docs.cohere.com/reference/chat */
export const cohereChat: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: "text/event-stream",
  undecodable: UNDECODABLE,
  streamTerminator: "data: [DONE]\n\n",
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

/** What Cohere's second API carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...COHERE_CHAT_FIDELITY,
  system: { how: "kept" },
  "participant-names": { how: "dropped", note: "Participants have no names." },
  tools: { how: "kept" },
  "vendor-tools": { how: "dropped", note: "Cohere cannot run another vendor's tools." },
  "strict-tools": { how: "mapped", note: "One switch, strict_tools, for all tools." },
  "tool-choice": {
    how: "approximated",
    note: "none and required are kept; for a named tool only that tool is shown.",
  },
  "parallel-tool-calls": { how: "dropped", note: "Several calls cannot be forbidden." },
  "tool-results": { how: "kept" },
  "tool-result-files": {
    how: "approximated",
    note: "JSON files are documents; others follow as a user message.",
  },
  "failed-tool-results": { how: "dropped", note: "The result's text stands alone." },
  "image-url": { how: "kept" },
  "image-base64": { how: "kept" },
  logprobs: { how: "approximated", note: "Without the alternatives of top_logprobs." },
  "choice-count": { how: "dropped", note: "Cohere gives one answer." },
  "reasoning-effort": { how: "approximated", note: "Written as a token budget." },
  "reasoning-budget": { how: "kept" },
  "reasoning-text": { how: "kept" },
  "cache-points": { how: "dropped", note: "Cohere caches by itself." },
  citations: { how: "kept" },
};
