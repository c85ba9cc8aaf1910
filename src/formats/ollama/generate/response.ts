import type { JsonObject } from "../../../chat/json.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import type { AnswerContext } from "../../wire-format.ts";
import {
  decodeHead,
  decodeLogprobs,
  decodeOllamaFinish,
  decodeOllamaUsage,
  encodeHead,
  encodeLogprobs,
  encodeOllamaFinish,
  encodeOllamaUsage,
  noAnswer,
} from "../answer.ts";
import { FORMAT_NAME } from "./request.ts";

export function decodeResponse(wire: JsonObject): ChatResponse {
  const { response, thinking } = wire;
  if (typeof response !== "string") throw noAnswer(wire);
  const logprobs = decodeLogprobs(wire.logprobs);
  const finish = decodeOllamaFinish(wire.done_reason, false);
  const usage = decodeOllamaUsage(wire);
  const content: ChoicePart[] = [];
  if (typeof thinking === "string" && thinking !== "") {
    content.push({ type: "reasoning", text: thinking });
  }
  if (response !== "")
    content.push({ type: "text", text: response, ...(logprobs && { logprobs }) });
  return {
    ...decodeHead(wire, FORMAT_NAME),
    choices: [
      {
        content,
        finishReason: finish.reason,
        ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
      },
    ],
    ...(usage && { usage }),
  };
}

/** The first answer's words; Ollama has one answer, and no tool calls here. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const [choice] = response.choices;
  const { usage } = response;
  let text = "";
  let thinking = "";
  const logprobs: JsonObject[] = [];
  for (const part of choice?.content ?? []) {
    if (part.type === "reasoning") thinking += part.text;
    if (part.type === "text" || part.type === "refusal") {
      text += part.text;
      if (part.logprobs) logprobs.push(...encodeLogprobs(part.logprobs));
    }
  }
  return {
    ...encodeHead(response, context, FORMAT_NAME),
    response: text,
    ...(thinking !== "" && { thinking }),
    done: true,
    ...(choice?.finishReason && {
      done_reason: encodeOllamaFinish(choice.finishReason, choice.rawFinishReason),
    }),
    ...(usage && encodeOllamaUsage(usage)),
    ...(logprobs.length > 0 && { logprobs }),
  };
}
