import type { JsonObject } from "../../../chat/json.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import { optionalArray, optionalString, requiredString, withoutAbsent } from "../../fields.ts";
import { type Intent, PLAIN_INTENT } from "../../intent.ts";
import { dropCachePoints, dropNames, type NoticeList, noticeList } from "../../notice-list.ts";
import { isFilledText, textList } from "../../prompt-text.ts";
import type { AnswerContext, EncodedRequest } from "../../wire-format.ts";
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
import { decodeImage, encodeParts } from "../images.ts";
import {
  decodeOllamaOptions,
  encodeOllamaOptions,
  OLLAMA_MEMBERS,
  ollamaExtra,
} from "../options.ts";

/** Ollama's completions (https://docs.ollama.com/api/generate). */
export const FORMAT_NAME = "ollama-generate";

const SEATED = new Set<string>([...OLLAMA_MEMBERS, "prompt", "system", "images"]);

export function decodeRequest(wire: JsonObject): ChatRequest {
  const system = optionalString(wire, "system", "") ?? "";
  const images = optionalArray(wire, "images", "") ?? [];
  const extra = ollamaExtra(wire, SEATED);
  const said: Message = {
    role: "user",
    content: [
      { type: "text", text: requiredString(wire, "prompt", "") },
      ...images.map((image, i) => decodeImage(image, `images[${i}]`)),
    ],
  };
  const told: Message = { role: "system", content: [{ type: "text", text: system }] };
  return {
    kind: "completion",
    messages: system === "" ? [said] : [told, said],
    ...decodeOllamaOptions(wire),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  dropToolUse(chat, list);
  const wire = withoutAbsent({
    ...encodeOllamaOptions(chat, FORMAT_NAME, list),
    ...encodePrompt(chat.messages, list),
  });
  return { wire, notices: list.notices };
}

function dropToolUse(chat: ChatRequest, list: NoticeList) {
  const reason = "Ollama's completions have no tools.";
  if (chat.tools) list.dropped("tools", reason);
  if (chat.toolChoice) list.dropped("tool_choice", reason);
  if (chat.parallelToolCalls !== undefined) list.dropped("parallel_tool_calls", reason);
}

/** System turns are the `system` member; the others are one prompt. */
function encodePrompt(messages: readonly Message[], list: NoticeList): JsonObject {
  const system: string[] = [];
  const turns: string[] = [];
  const images: string[] = [];
  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}].content`;
    const spoken = encodeParts(sayable(message, at, list), at, list);
    images.push(...spoken.images);
    if (message.role === "system") system.push(spoken.text);
    else turns.push(spoken.text);
  }
  if (turns.length > 1) {
    list.approximated("messages", "Ollama's completions take one prompt; the turns are joined.");
  }
  return {
    prompt: turns.join("\n\n"),
    system: system.length > 0 ? system.join("\n\n") : undefined,
    images: images.length > 0 ? images : undefined,
  };
}

function sayable(message: Message, at: string, list: NoticeList) {
  if (message.role !== "assistant") return message.content;
  return message.content.flatMap((part, k) => {
    if (part.type === "text" || part.type === "file") return [part];
    if (part.type === "refusal") return [{ type: "text", text: part.text } as const];
    list.dropped(`${at}[${k}]`, `Ollama's completions have no seat for ${part.type}.`);
    return [];
  });
}

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

/** What a request to Ollama's completions asks for. It streams unless it is told not to. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  stream: ({ stream }) => stream !== false,
  hasPrompt: ({ prompt }) => isFilledText(prompt),
  texts(wire) {
    const { system, prompt } = wire;
    if (typeof prompt !== "string") return undefined;
    const list = textList();
    const isTold = typeof system === "string" && system !== "";
    if (isTold) list.tell("system", system);
    list.tell("user", prompt);
    return list.withRest(wire, ["prompt", "images", ...(isTold ? ["system"] : [])]);
  },
  members: { prompt: ["prompt", "system"], streaming: ["stream"] },
};
