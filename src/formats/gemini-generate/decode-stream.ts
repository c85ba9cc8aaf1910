import type { ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import { jsonArrayDecoder } from "../../framing/json-array.ts";
import { ndjsonDecoder } from "../../framing/ndjson.ts";
import { sseDecoder } from "../../framing/sse.ts";
import type { Stage } from "../../framing/stage.ts";
import { type AnswerReader, answerStream } from "../answer-stream.ts";
import { membersBeside } from "../fields.ts";
import { madeCallId } from "../made-call-id.ts";
import type { StreamDecoderContext } from "../wire-format.ts";
import { type CandidateDecoder, candidateDecoder } from "./candidate-decoder.ts";
import { decodeError } from "./error.ts";
import { decodeUsage } from "./usage.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

const NDJSON_TYPES = new Set(["application/x-ndjson", "application/stream+json"]);

/**
 * `streamGenerateContent`: server-sent events with `alt=sse`, else a JSON array. A plain answer
 * where a stream was asked for is an array of one.
 */
export function streamDecoder({ contentType }: StreamDecoderContext): Stage<Uint8Array, ChatEvent> {
  if (contentType === "application/json") return chunks(jsonArrayDecoder(), asItIs);
  if (NDJSON_TYPES.has(contentType)) return chunks(ndjsonDecoder(), asItIs);
  return chunks(sseDecoder(), ({ data }) => (data === "" || data === "[DONE]" ? undefined : data));
}

const asItIs = (text: string): string => text;

/** There is no closing marker: whether the answer is whole is known when the bytes end. */
function chunks<Frame>(
  frames: Stage<Uint8Array, Frame>,
  textOf: (frame: Frame) => string | undefined,
): Stage<Uint8Array, ChatEvent> {
  const { push, isWhole } = answerReader();
  let atEnd = false;
  const tolled: Stage<Uint8Array, Frame> = {
    push: (bytes) => frames.push(bytes),
    end() {
      const last = frames.end();
      atEnd = true;
      return last;
    },
  };
  const reader: AnswerReader = { push, over: () => atEnd && isWhole() };
  return answerStream({ frames: tolled, textOf, reader, parse, undecodable: UNDECODABLE });
}

/** Only arguments are carried on as JSON, where a long integer must keep its digits. */
function parse(text: string): unknown {
  return text.includes('"functionCall"') ? parseJson(text) : JSON.parse(text);
}

const NAMED = new Set(["candidates", "modelVersion", "responseId", "createTime", "usageMetadata"]);

/** Reads the chunks of one answer; a plain answer is its only chunk. */
export function answerReader() {
  const candidates = new Map<number, CandidateDecoder>();
  let started = false;
  let index = -1;
  let calls = 0;
  let id = "";

  const state = {
    nextIndex() {
      index++;
      return index;
    },
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
    if (wire.error) throw decodeError(200, wire);
    const listed = Array.isArray(wire.candidates) ? wire.candidates.filter(isJsonObject) : [];
    const feedback = isJsonObject(wire.promptFeedback) ? wire.promptFeedback : {};
    const blocked = listed.length === 0 ? wordOf(feedback.blockReason) : undefined;
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

  return {
    push,
    hasBegun: () => started,
    isWhole: () => candidates.size > 0 && candidates.values().every((one) => one.finished()),
  };
}

function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Gemini gives at most 8 candidates. */
function isChoiceIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 128;
}
