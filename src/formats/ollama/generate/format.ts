import type { WireFormat } from "../../wire-format.ts";
import {
  decodeOllamaError,
  encodeOllamaError,
  OLLAMA_STREAM_TYPE,
  UNDECODABLE,
} from "../answer.ts";
import { patchOllamaRequest } from "../options.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FORMAT_NAME,
} from "./request.ts";
import { streamDecoder, streamEncoder } from "./stream.ts";

/** Ollama's completions: https://docs.ollama.com/api/generate */
export const ollamaGenerate: WireFormat = {
  name: FORMAT_NAME,
  streamContentType: OLLAMA_STREAM_TYPE,
  undecodable: UNDECODABLE,
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
