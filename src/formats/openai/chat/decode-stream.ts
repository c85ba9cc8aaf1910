import type { AnswerDecoder } from "../../answer-stream.ts";
import type { StreamDecoderContext } from "../../wire-format.ts";
import { openAiStreamDecoder } from "../stream.ts";
import { choiceDecoder } from "./choice-decoder.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  return openAiStreamDecoder(
    { format: FORMAT_NAME, undecodable: UNDECODABLE, decodeResponse, choiceDecoder },
    context,
  );
}
