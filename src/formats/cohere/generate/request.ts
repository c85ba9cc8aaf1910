import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  optionalInteger,
  requiredString,
  withoutAbsent,
} from "../../fields.ts";
import { dropCachePoints, dropNames, noticeList, ownExtra } from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { COHERE_OPTION_MEMBERS, decodeCohereOptions, encodeCohereOptions } from "../options.ts";

/** Cohere's retired completions (https://docs.cohere.com/v1/reference/generate). */
export const FORMAT_NAME = "cohere-generate";

const SEATED = new Set<string>([...COHERE_OPTION_MEMBERS, "prompt", "num_generations"]);

export function decodeRequest(wire: JsonObject): ChatRequest {
  const choiceCount = optionalInteger(wire, "num_generations", "");
  const extra = membersBeside(wire, SEATED);
  return {
    kind: "completion",
    messages: [
      { role: "user", content: [{ type: "text", text: requiredString(wire, "prompt", "") }] },
    ],
    ...decodeCohereOptions(wire),
    ...(choiceCount !== undefined && { choiceCount }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

const UNSEATED = {
  tools: "tools",
  toolChoice: "tool_choice",
  parallelToolCalls: "parallel_tool_calls",
  responseFormat: "response_format",
  reasoning: "reasoning_effort",
  logprobs: "logprobs",
} as const satisfies Partial<Record<keyof ChatRequest, string>>;

/** Throws `invalid_request` for what is not text: this wire holds one prompt. */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  let member: keyof typeof UNSEATED;
  for (member in UNSEATED) {
    if (chat[member] === undefined) continue;
    list.dropped(UNSEATED[member], "Cohere's completions have no such member.");
  }
  if (chat.messages.length > 1) {
    list.approximated("messages", "Cohere's completions take one prompt; the turns are joined.");
  }
  const wire = withoutAbsent({
    ...ownExtra(chat, FORMAT_NAME, list),
    ...encodeCohereOptions(chat, list),
    prompt: promptOf(chat),
    num_generations: chat.choiceCount,
  });
  return { wire, notices: list.notices };
}

function promptOf(chat: ChatRequest): string {
  const turns = chat.messages.map((message, i) => {
    const texts = message.content.map((part, k) => {
      if (part.type === "text") return part.text;
      throw invalidField(`messages[${i}].content[${k}]`, "must be text: the prompt is one string");
    });
    return texts.join("");
  });
  return turns.join("\n\n");
}
