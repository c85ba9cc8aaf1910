import type { ChatEvent } from "../../chat/event.ts";
import type { Stage } from "../../framing/stage.ts";
import { openAiStreamDecoder } from "../openai-stream.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import { choiceDecoder } from "./choice-decoder.ts";
import { decodeResponse } from "./response.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function streamDecoder(context: StreamDecoderContext): Stage<Uint8Array, ChatEvent> {
  return openAiStreamDecoder(
    { format: FORMAT_NAME, undecodable: UNDECODABLE, decodeResponse, choiceDecoder },
    context,
  );
}
