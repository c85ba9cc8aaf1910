import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { sseData } from "../../framing/sse.ts";
import type { Stage } from "../../framing/stage.ts";
import { answerEncoder } from "../answer-encoder.ts";
import { type AnswerDecoder, type AnswerReader, truncated, wholeAnswer } from "../answer-stream.ts";
import { blockOpener } from "../block-opener.ts";
import { strayError } from "../error-object.ts";
import { decodeErrorText } from "../error-text.ts";
import { finishWord } from "../finish-word.ts";
import { jsonLineStream } from "../json-lines.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import {
  decodeTgiFinish,
  decodeTgiLogprob,
  decodeTgiUsage,
  encodeTgiDetails,
  encodeTgiError,
  encodeTgiFinish,
  onlyMember,
} from "./answer.ts";

export interface TgiStream {
  readonly decodeResponse: (wire: JsonObject) => ChatResponse;
  readonly undecodable: string;
  /** The answer without what is not its own: an echo of the prompt, blanks around it. */
  readonly trims: boolean;
}

/** One event a token, the last of which holds the whole text and the details. */
export function tgiStreamDecoder(
  { decodeResponse, undecodable, trims }: TgiStream,
  context: StreamDecoderContext,
): AnswerDecoder {
  const wire = { parse: (text: string) => onlyMember(JSON.parse(text)), undecodable };
  if (context.contentType === "application/json") return wholeAnswer(decodeResponse, wire);
  return jsonLineStream(tokenReader(trims ? trimmed() : (text) => text), wire, context);
}

/** Leaves out blanks at both ends: those that may be the last wait for what follows. */
function trimmed(): (text: string) => string {
  let spoken = false;
  let held = "";
  return (text) => {
    const all = spoken ? held + text : text.trimStart();
    const end = all.trimEnd().length;
    spoken ||= end > 0;
    held = all.slice(end);
    return all.slice(0, end);
  };
}

function tokenReader(trim: (text: string) => string): AnswerReader {
  let started = false;
  const blocks = blockOpener();
  const ending = finishWord();

  function say(text: string, logprobs: readonly Json[] | undefined, events: ChatEvent[]) {
    const words = trim(text);
    if (words === "" && !logprobs) return;
    const index = blocks.enter("text", events);
    const delta = { type: "text-delta", index, text: words } as const;
    events.push(logprobs ? { ...delta, logprobs } : delta);
  }

  function readToken({ token, top_tokens: tops }: JsonObject, events: ChatEvent[]) {
    if (!isJsonObject(token) || token.special === true || typeof token.text !== "string") return;
    const isAsked = Array.isArray(tops) && tops.length > 0;
    say(token.text, isAsked ? [decodeTgiLogprob(token, tops)] : undefined, events);
  }

  function finish({ generated_text: text, details, ...frame }: JsonObject, events: ChatEvent[]) {
    if (!blocks.open() && typeof text === "string") say(text, undefined, events);
    ending.hear(decodeTgiFinish(details));
    const usage = decodeTgiUsage(frame, details);
    if (usage) events.push({ type: "usage", usage });
  }

  return {
    push(frame, events) {
      if (frame.error !== undefined && frame.error !== null) throw decodeErrorText(200, frame);
      const says = isJsonObject(frame.token) || frame.generated_text !== undefined;
      const stray = says ? undefined : strayError(frame);
      if (stray) throw stray;
      if (!started) events.push({ type: "message-start", id: "", model: "" });
      started = true;
      readToken(frame, events);
      if (typeof frame.generated_text === "string" || isJsonObject(frame.details)) {
        finish(frame, events);
      }
    },
    end(events) {
      if (!ending.isTold()) throw truncated();
      blocks.end(events);
      ending.tell(0, events);
    },
    finishedChoices: () => (ending.isTold() ? 1 : 0),
  };
}

const TEXT_TAIL = `,"logprob":0,"special":false},"generated_text":null,"details":null}`;

/** The tokens of another model have no numbers here; each piece of text stands for one. */
export function tgiStreamEncoder(): Stage<ChatEvent, string> {
  let index = 0;
  let text = "";

  return answerEncoder<"prose", string>({
    open: ({ block: { kind } }) => (kind === "text" || kind === "refusal" ? "prose" : undefined),
    text(_, { text: words }, out) {
      if (words === "") return;
      text += words;
      const token = `"token":{"id":0,"text":${JSON.stringify(words)}${TEXT_TAIL}`;
      out.push(sseData(`{"index":${++index},${token}`));
    },
    fail: (error) => sseData(JSON.stringify(encodeTgiError(error))),
    end({ finish, usage }, out) {
      const reason = finish && encodeTgiFinish(finish.reason, finish.raw);
      const last = {
        index: index + 1,
        token: { id: 0, text: "", logprob: 0, special: true },
        generated_text: text,
        details: encodeTgiDetails(reason, usage) ?? null,
      };
      out.push(sseData(JSON.stringify(last)));
    },
  });
}
