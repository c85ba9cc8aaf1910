import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import { jsonArrayDecoder } from "../../framing/json-array.ts";
import { ndjsonDecoder } from "../../framing/ndjson.ts";
import { sseDecoder } from "../../framing/sse.ts";
import {
  type AnswerDecoder,
  type AnswerReader,
  answerStream,
  truncated,
} from "../answer-stream.ts";
import { blockCount } from "../block-opener.ts";
import { strayError } from "../error-object.ts";
import { membersBeside } from "../fields.ts";
import { madeCallId } from "../tools.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import { decodeUsage } from "./answer.ts";
import { type CandidateDecoder, candidateDecoder } from "./candidate-decoder.ts";
import { decodeError } from "./error.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

const NDJSON_TYPES = new Set(["application/x-ndjson", "application/stream+json"]);

/**
 * `streamGenerateContent`: server-sent events with `alt=sse`, else a JSON array. A whole answer
 * where a stream was asked for is an array of one.
 */
export function streamDecoder({ contentType }: StreamDecoderContext): AnswerDecoder {
  const chunks = { reader: answerReader(), parse, undecodable: UNDECODABLE };
  if (contentType === "application/json") {
    return answerStream({ ...chunks, frames: jsonArrayDecoder(), textOf: asItIs });
  }
  if (NDJSON_TYPES.has(contentType)) {
    return answerStream({ ...chunks, frames: ndjsonDecoder(), textOf: asItIs });
  }
  return answerStream({ ...chunks, frames: sseDecoder(), textOf: ({ data }) => data });
}

const asItIs = (text: string): string => text;

/** Only arguments are carried on as JSON, where a long integer must keep its digits. */
function parse(text: string): unknown {
  return text.includes('"functionCall"') ? parseJson(text) : JSON.parse(text);
}

const NAMED = new Set(["candidates", "modelVersion", "responseId", "createTime", "usageMetadata"]);

export interface GeminiReader extends AnswerReader {
  /** Nothing is to come: a choice that says nothing of its end stopped by itself. */
  assumeStop(): void;
}

/** Reads the chunks of one answer; a whole answer is its only chunk. */
export function answerReader(): GeminiReader {
  const candidates = new Map<number, CandidateDecoder>();
  let started = false;
  let calls = 0;
  let id = "";

  const state = {
    nextIndex: blockCount(),
    madeCallId() {
      const made = madeCallId(id, calls);
      calls++;
      return made;
    },
  };

  function start(wire: JsonObject, events: ChatEvent[]) {
    started = true;
    id = typeof wire.responseId === "string" ? wire.responseId : "";
    const createdMs =
      typeof wire.createTime === "string" ? Date.parse(wire.createTime) : Number.NaN;
    const extra = membersBeside(wire, NAMED);
    events.push({
      type: "message-start",
      id,
      model: typeof wire.modelVersion === "string" ? wire.modelVersion : "",
      ...(createdMs > 0 && { created: Math.floor(createdMs / 1000) }),
      ...(extra && { extra, extraFormat: FORMAT_NAME }),
    });
  }

  function candidateOf(number: number): CandidateDecoder {
    let decoder = candidates.get(number);
    if (!decoder) {
      decoder = candidateDecoder(number, state);
      candidates.set(number, decoder);
    }
    return decoder;
  }

  function push(wire: JsonObject, events: ChatEvent[]) {
    if (isJsonObject(wire.error)) throw decodeError(200, wire);
    const listed = Array.isArray(wire.candidates) ? wire.candidates.filter(isJsonObject) : [];
    const feedback = isJsonObject(wire.promptFeedback) ? wire.promptFeedback : {};
    const blocked = listed.length === 0 ? wordOf(feedback.blockReason) : undefined;
    const says = listed.length > 0 || blocked !== undefined || isJsonObject(wire.usageMetadata);
    const stray = says ? undefined : strayError(wire);
    if (stray) throw stray;
    if (!started && listed.length === 0 && blocked === undefined) return;
    if (!started) start(wire, events);
    for (const candidate of listed) {
      const number = isChoiceIndex(candidate.index) ? candidate.index : 0;
      candidateOf(number).push(candidate, events);
    }
    if (blocked !== undefined) candidateOf(0).block(blocked, feedback.blockReasonMessage, events);
    if (!isJsonObject(wire.usageMetadata)) return;
    events.push({ type: "usage", usage: decodeUsage(wire.usageMetadata) });
  }

  const finishedChoices = () => {
    let count = 0;
    for (const candidate of candidates.values()) if (candidate.finished()) count++;
    return count;
  };

  return {
    push,
    finishedChoices,
    assumeStop() {
      for (const candidate of candidates.values()) candidate.assumeStop();
    },
    end(events) {
      if (candidates.size === 0 || finishedChoices() < candidates.size) throw truncated();
      for (const candidate of candidates.values()) candidate.end(events);
    },
  };
}

function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Gemini gives at most 8 candidates. */
function isChoiceIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 128;
}
