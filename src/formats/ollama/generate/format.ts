import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Stage } from "../../../framing/stage.ts";
import { answerEncoder } from "../../answer-encoder.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { type Fidelity, TEXT_FIDELITY } from "../../capabilities.ts";
import { jsonLine, textLine } from "../../json-lines.ts";
import type { AnswerContext, StreamDecoderContext, WireFormat } from "../../wire-format.ts";
import {
  decodeOllamaError,
  encodeHead,
  encodeLogprobs,
  encodeOllamaError,
  OLLAMA_STREAM_TYPE,
  UNDECODABLE,
} from "../answer.ts";
import { OLLAMA_FIDELITY } from "../fidelity.ts";
import { patchOllamaRequest } from "../options.ts";
import { lastLine, type OllamaLine, ollamaStreamDecoder } from "../stream.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FORMAT_NAME,
  intent,
} from "./request.ts";

/** Ollama's completions: https://docs.ollama.com/api/generate */
export const ollamaGenerate: WireFormat = {
  intent,
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

/** What Ollama's completions carry of a canonical request or answer. */
export const fidelity: Fidelity = {
  ...TEXT_FIDELITY,
  ...OLLAMA_FIDELITY,
  system: { how: "kept" },
  "system-in-place": { how: "approximated", note: "All system texts stand before the prompt." },
  "developer-role": { how: "mapped", note: "Written as the system text." },
  "multi-turn": { how: "approximated", note: "The turns are joined to one prompt." },
  "tool-results": { how: "approximated", note: "Joined to the prompt." },
  "tool-result-files": { how: "approximated", note: "Images stand beside the prompt." },
  documents: { how: "dropped", note: "Text documents are put into the prompt as text." },
  "reasoning-text": { how: "dropped", note: "In a request; kept in an answer." },
};

function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  const stream = { format: FORMAT_NAME, decodeResponse, lineReader: () => readLine };
  return ollamaStreamDecoder(stream, context);
}

function readLine({ thinking, response }: JsonObject): OllamaLine {
  return { thinking, text: response, calls: [] };
}

function streamEncoder(context: AnswerContext): Stage<ChatEvent, string> {
  let head = "";

  /** `before` is what stands ahead of a piece. */
  function say(before: string, text: string, proof: string, out: string[]) {
    if (text === "" && proof === "") return;
    out.push(textLine(`${before}${JSON.stringify(text)},"done":false${proof}}`));
  }

  return answerEncoder<string, string>({
    start(event) {
      head = `${JSON.stringify(encodeHead(event, context, FORMAT_NAME)).slice(0, -1)},`;
    },
    open({ block }) {
      if (block.kind === "tool-call") return undefined;
      return head + (block.kind === "reasoning" ? `"response":"","thinking":` : `"response":`);
    },
    text(before, { text, logprobs }, out) {
      const proof = logprobs ? `,"logprobs":${JSON.stringify(encodeLogprobs(logprobs))}` : "";
      say(before, text, proof, out);
    },
    reasoning: (before, { text = "" }, out) => say(before, text, "", out),
    fail: (error) => jsonLine(encodeOllamaError(error)),
    end: (told, out) => {
      out.push(lastLine(head, { response: "" }, told));
    },
  });
}
