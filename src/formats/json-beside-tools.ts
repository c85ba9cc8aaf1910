import type { Message } from "../chat/message.ts";
import type { ChatRequest, ResponseFormat, Tool } from "../chat/request.ts";
import type { NoticeList } from "./notice-list.ts";

export interface JsonBesideTools {
  readonly tools: readonly Tool[];
  /** The form that the model is held to. */
  readonly enforced: ResponseFormat | undefined;
  /** The form in words, for the instructions. */
  readonly words: string | undefined;
}

/**
 * For a model that takes tools or a JSON format, not both. Tools that may not be called are left out,
 * else the form is asked for in words.
 */
export function jsonBesideTools(chat: ChatRequest, list: NoticeList): JsonBesideTools {
  const { tools = [], toolChoice, responseFormat } = chat;
  const isJson = responseFormat !== undefined && responseFormat.type !== "text";
  if (!isJson || tools.length === 0) return { tools, enforced: responseFormat, words: undefined };
  if (toolChoice?.type === "none") {
    return { tools: [], enforced: responseFormat, words: undefined };
  }
  const reason = "This model takes no JSON format beside tools: it is told of it in words.";
  list.approximated("response_format", reason);
  return { tools, enforced: undefined, words: wordsFor(responseFormat) };
}

function wordsFor(format: Exclude<ResponseFormat, { type: "text" }>): string {
  if (format.type === "json")
    return "When you answer, answer with one JSON object and nothing else.";
  const schema = JSON.stringify(format.schema);
  return `When you answer, answer with JSON by this schema and nothing else: ${schema}`;
}

/**
 * The words at the end of the prompts at the head, or before all; and the list for what becomes of the
 * messages then, which speaks of them by the places that they had before.
 */
export function withInstruction(
  messages: readonly Message[],
  words: string | undefined,
  list: NoticeList,
): readonly [messages: readonly Message[], list: NoticeList] {
  if (words === undefined) return [messages, list];
  const first = messages.findIndex(({ role }) => role !== "system");
  const at = first < 0 ? messages.length : first;
  const content = [{ type: "text", text: words } as const];
  return [messages.toSpliced(at, 0, { role: "system", content }), beforeInsertion(list, at)];
}

function beforeInsertion(list: NoticeList, at: number): NoticeList {
  const own = (field: string) => {
    const [place = "", index] = /^messages\[(\d+)\]/.exec(field) ?? [];
    if (index === undefined || Number(index) < at) return field;
    if (Number(index) === at) return "response_format";
    return `messages[${Number(index) - 1}]${field.slice(place.length)}`;
  };
  return {
    notices: list.notices,
    dropped: (field, reason) => list.dropped(own(field), reason),
    approximated: (field, reason) => list.approximated(own(field), reason),
  };
}
