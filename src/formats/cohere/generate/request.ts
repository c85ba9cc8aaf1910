import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import {
  invalidField,
  membersBeside,
  optionalInteger,
  requiredString,
  withoutAbsent,
} from "../../fields.ts";
import { type Intent, PLAIN_INTENT } from "../../intent.ts";
import { dropCachePoints, dropNames, noticeList, ownExtra } from "../../notice-list.ts";
import { isFilledText, textList } from "../../prompt-text.ts";
import type { AnswerContext, EncodedRequest } from "../../wire-format.ts";
import {
  decodeCohereFinish,
  decodeCohereUsage,
  decodeTokenCount,
  encodeCohereFinish,
  encodeCohereUsage,
} from "../answer.ts";
import { noAnswer } from "../error.ts";
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

const NAMED = new Set(["id", "prompt", "generations", "meta"]);
/** The same of a server that answers as the first chat API does: one text, and an older count. */
const NAMED_BESIDE_TEXT = new Set([
  "text",
  "generation_id",
  "finish_reason",
  "meta",
  "token_count",
]);

/** The prompt it repeats is the client's own. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const isOneText = !Array.isArray(wire.generations) && typeof wire.text === "string";
  const generations = isOneText ? [wire] : wire.generations;
  if (!Array.isArray(generations)) throw noAnswer(wire);
  const usage = decodeCohereUsage(wire.meta) ?? decodeTokenCount(wire.token_count);
  const extra = membersBeside(wire, isOneText ? NAMED_BESIDE_TEXT : NAMED);
  const id = isOneText ? wire.generation_id : wire.id;
  return {
    id: typeof id === "string" ? id : "",
    model: "",
    choices: generations.filter(isJsonObject).map(decodeGeneration),
    ...(usage && { usage }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function decodeGeneration(wire: JsonObject): Choice {
  const finish = decodeCohereFinish(wire.finish_reason, false);
  const content: ChoicePart[] =
    typeof wire.text === "string" && wire.text !== "" ? [{ type: "text", text: wire.text }] : [];
  return {
    content,
    finishReason: finish.reason,
    ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
  };
}

export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const id = response.id || context.requestId;
  const { usage } = response;
  return {
    id,
    generations: response.choices.map((choice, index) => encodeGeneration(choice, id, index)),
    ...(usage && { meta: { api_version: { version: "1" }, ...encodeCohereUsage(usage) } }),
    ...(response.extraFormat === FORMAT_NAME && response.extra),
  };
}

/** Only words: what else the model gave has no seat here. */
export function encodeGeneration(choice: Choice, answerId: string, index: number): JsonObject {
  const words = choice.content.flatMap((part) =>
    part.type === "text" || part.type === "refusal" ? [part.text] : [],
  );
  const { finishReason, rawFinishReason } = choice;
  return {
    id: index === 0 ? answerId : `${answerId}-${index}`,
    index,
    text: words.join(""),
    ...(finishReason && { finish_reason: encodeCohereFinish(finishReason, rawFinishReason) }),
  };
}

/** What a request to Cohere's retired completions asks for. */
export const intent: Intent = {
  ...PLAIN_INTENT,
  choiceCount: ({ num_generations: count }) => (typeof count === "number" ? count : 1),
  hasPrompt: ({ prompt }) => isFilledText(prompt),
  texts(wire) {
    if (typeof wire.prompt !== "string") return undefined;
    const list = textList();
    list.tell("user", wire.prompt);
    return list.withRest(wire, ["prompt"]);
  },
  members: { prompt: ["prompt"], streaming: ["stream"] },
};
