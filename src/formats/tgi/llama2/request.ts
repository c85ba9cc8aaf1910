import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { invalidField } from "../../fields.ts";
import {
  dropCachePoints,
  dropNames,
  type NoticeList,
  noticeList,
  ownExtra,
} from "../../notice-list.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { dropUnseated, encodeTgiParameters } from "../options.ts";
import {
  type PromptTemplate,
  positionalCompletion,
  positionalPrompt,
  type Spoken,
  spokenMessages,
  type Turn,
} from "./templates.ts";

/** Writes the words of a request as one prompt. */
export type PromptWriter = (chat: ChatRequest, list: NoticeList) => string;

/** For a prompt that says who says what. Throws `invalid_request` where there is nothing to answer. */
export function promptByRole(template: PromptTemplate): PromptWriter {
  return (chat, list) => {
    const spoken = spokenMessages(chat.messages, list).map((one) => untagged(one, template, list));
    refuseEmpty(spoken);
    if (chat.kind === "completion") return template.completion(joined(spoken));
    const { system, turns } = turnsOf(spoken, list);
    return template.chat(system, turns);
  };
}

/** The reference's prompt, byte for byte: nothing within a message is taken apart. */
export const promptByPosition: PromptWriter = (chat, list) => {
  const spoken = spokenMessages(chat.messages, list);
  refuseEmpty(spoken);
  if (chat.kind === "completion") return positionalCompletion(joined(spoken));
  for (const [place, { role, at }] of spoken.entries()) {
    if (role === "assistant" && place >= 2) {
      list.dropped(at, "The reference's template leaves out what the assistant said.");
    } else if (role === "system" && place > 0) {
      list.approximated(
        at,
        "The reference's template knows places, and the first alone instructs.",
      );
    }
  }
  return positionalPrompt(spoken);
};

function refuseEmpty(spoken: readonly Spoken[]): void {
  if (spoken.some(({ text }) => text !== "")) return;
  throw invalidField("messages", "must hold text: this model's prompt is one string");
}

function joined(spoken: readonly Spoken[]): string {
  return spoken.map(({ text }) => text).join("\n\n");
}

/** A message must not be able to end its turn or to speak as another. */
function untagged(spoken: Spoken, { tags }: PromptTemplate, list: NoticeList): Spoken {
  let { text } = spoken;
  for (const tag of tags) text = text.replaceAll(tag, `${tag.slice(0, 1)} ${tag.slice(1)}`);
  if (text === spoken.text) return spoken;
  list.approximated(spoken.at, "A blank is put into the words that mean something to the model.");
  return { ...spoken, text };
}

interface Dialogue {
  readonly system: string | undefined;
  readonly turns: readonly Turn[];
}

/**
 * Question and answer in turn, as the models were taught. Instructions stand only before the first
 * question; later ones become part of the question that follows them.
 */
function turnsOf(spoken: readonly Spoken[], list: NoticeList): Dialogue {
  const first = spoken.findIndex(({ role }) => role !== "system");
  const head = first < 0 ? spoken : spoken.slice(0, first);
  const system = head.length > 0 ? joined(head) : undefined;
  const turns: Turn[] = [];
  let asked: string[] = [];
  for (const { role, text, at } of first < 0 ? [] : spoken.slice(first)) {
    if (role === "assistant") {
      if (asked.length > 0 || turns.length === 0) {
        turns.push({ user: asked.join("\n\n"), answer: text });
      } else {
        continueAnswer(turns, text);
      }
      asked = [];
      continue;
    }
    if (role === "system") {
      list.approximated(at, "This model takes instructions only first; said by the user instead.");
    }
    asked.push(text);
  }
  if (asked.length > 0 || turns.length === 0) {
    turns.push({ user: asked.join("\n\n"), answer: undefined });
  }
  return { system, turns };
}

function continueAnswer(turns: Turn[], text: string): void {
  const last = turns.pop();
  if (last) turns.push({ user: last.user, answer: `${last.answer ?? ""}\n\n${text}` });
}

/**
 * `{inputs, parameters}`. The server's root route streams by `stream` in the body, others by its
 * place in the parameters, or by their path.
 */
export function encodeRequest(
  chat: ChatRequest,
  format: string,
  write: PromptWriter,
): EncodedRequest {
  const list = noticeList();
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  dropUnseated(chat, list);
  const { parameters: extra, ...members } = ownExtra(chat, format, list) ?? {};
  const parameters: JsonObject = {
    ...(isJsonObject(extra) && extra),
    ...encodeTgiParameters(chat, list),
    // The finish reason stands in the details.
    details: true,
    stream: chat.stream,
  };
  const wire = {
    ...members,
    inputs: write(chat, list),
    parameters,
    ...(chat.stream && { stream: true }),
  };
  return { wire, notices: list.notices };
}
