import type { Fidelity } from "../../capabilities.ts";
import type { WireFormat } from "../../wire-format.ts";
import {
  decodeOllamaError,
  encodeOllamaError,
  OLLAMA_STREAM_TYPE,
  UNDECODABLE,
} from "../answer.ts";
import { OLLAMA_FIDELITY } from "../fidelity.ts";
import { patchOllamaRequest } from "../options.ts";
import { intent } from "./intent.ts";
import { decodeRequest, encodeRequest, FORMAT_NAME } from "./request.ts";
import { decodeResponse, encodeResponse, streamDecoder, streamEncoder } from "./response.ts";

/** Ollama's chat: https://docs.ollama.com/api/chat */
export const ollamaChat: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: OLLAMA_STREAM_TYPE,
  undecodable: UNDECODABLE,
  intent,
  decodeRequest,
  encodeRequest,
  patchRequest: patchOllamaRequest,
  decodeResponse,
  encodeResponse,
  streamDecoder,
  streamEncoder,
  decodeError: decodeOllamaError,
  encodeError: encodeOllamaError,
};

/** What Ollama's chat carries of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...OLLAMA_FIDELITY,
  system: { how: "kept", note: "Several texts of one message become one." },
  "system-in-place": { how: "kept" },
  "developer-role": { how: "mapped", note: "Written as the system role." },
  "multi-turn": { how: "kept" },
  tools: { how: "kept" },
  "tool-choice": { how: "approximated", note: "none hides the tools; no call can be demanded." },
  "allowed-tools": { how: "approximated", note: "Only the allowed tools are shown." },
  "tool-results": { how: "kept" },
  "tool-result-files": { how: "kept", note: "Images and text; no other files." },
  documents: { how: "dropped", note: "Text documents are put into the message as text." },
  "reasoning-text": { how: "kept" },
};
