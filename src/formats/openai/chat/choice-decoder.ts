import type { Block, ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { AnswerDecoder } from "../../answer-stream.ts";
import { finishWord } from "../../finish-word.ts";
import type { StreamDecoderContext } from "../../wire-format.ts";
import { type AnswerState, type ChoiceDecoder, openAiStreamDecoder } from "../stream.ts";
import { decodeAnnotations } from "./annotations.ts";
import { contentPieces, type ReasoningPiece } from "./content.ts";
import { decodeDetails, plainReasoning, signatureOf } from "./reasoning.ts";
import { decodeFinish, decodeResponse } from "./response.ts";
import { type ToolCallDecoder, toolCallDecoder } from "./tool-call-decoder.ts";
import { FORMAT_NAME, UNDECODABLE } from "./wire.ts";

type ProseKind = "text" | "refusal" | "reasoning";

/**
 * One of the answers in a stream. Text, refusal and reasoning follow one another, so a block ends
 * where another kind begins; tool calls run side by side.
 */
export function choiceDecoder(choice: number, answer: AnswerState): ChoiceDecoder {
  let kind: ProseKind | undefined;
  let index = -1;
  let calls: ToolCallDecoder | undefined;
  let sawPlainReasoning = false;
  const finish = finishWord();
  let hasSpoken = false;

  function endProse(events: ChatEvent[]) {
    if (kind !== undefined) events.push({ type: "block-end", index });
    kind = undefined;
  }

  function startProse(block: Extract<Block, { kind: ProseKind }>, events: ChatEvent[]) {
    endProse(events);
    calls?.endWhole(events);
    kind = block.kind;
    index = answer.nextIndex();
    hasSpoken = true;
    events.push({ type: "block-start", index, choice, block });
  }

  function say(
    as: "text" | "refusal",
    text: string,
    logprobs: readonly Json[] | undefined,
    events: ChatEvent[],
  ) {
    if (kind !== as) startProse({ kind: as }, events);
    events.push(
      logprobs
        ? { type: "text-delta", index, text, logprobs }
        : { type: "text-delta", index, text },
    );
  }

  function think(text: string, events: ChatEvent[]) {
    if (kind !== "reasoning") startProse({ kind: "reasoning" }, events);
    events.push({ type: "reasoning-delta", index, text });
  }

  /**
   * A detail repeats text that the plain member gave, in the same chunk or before, or it is the only
   * carrier of the text. A signature, an encrypted form, or a detail that comes alone after plain
   * text ends the block.
   */
  function readDetails(wire: Json, hasPlain: boolean, events: ChatEvent[]) {
    for (const { text, signature, signer, redacted } of decodeDetails(wire)) {
      const fresh = sawPlainReasoning ? "" : text;
      if (redacted !== undefined) {
        const shownBefore = sawPlainReasoning && text !== "" && kind === "reasoning";
        if (shownBefore) events.push({ type: "reasoning-delta", index, redacted });
        else startProse({ kind: "reasoning", redacted }, events);
      }
      if (fresh !== "") think(fresh, events);
      if (signature !== undefined) {
        if (kind !== "reasoning") startProse({ kind: "reasoning" }, events);
        const signed = { type: "reasoning-delta", index, signature } as const;
        events.push(signer === undefined ? signed : { ...signed, signer });
      }
      const repeated = sawPlainReasoning && !hasPlain;
      const isWhole = signature !== undefined || redacted !== undefined || repeated;
      if (isWhole && kind === "reasoning") endProse(events);
    }
  }

  function readDelta(delta: JsonObject, logprobs: Json | undefined, events: ChatEvent[]) {
    const plain = plainReasoning(delta);
    if (plain !== undefined) {
      sawPlainReasoning = true;
      think(plain, events);
    }
    if (delta.reasoning_details) {
      readDetails(delta.reasoning_details, plain !== undefined, events);
    }
    const proofs = isJsonObject(logprobs) ? logprobs : undefined;
    readText(delta, tokens(proofs?.content), events);
    const refusalProof = tokens(proofs?.refusal);
    if (typeof delta.refusal === "string" && (delta.refusal !== "" || refusalProof)) {
      say("refusal", delta.refusal, refusalProof, events);
    }
    if (delta.annotations) readAnnotations(delta.annotations, events);
    if (Array.isArray(delta.tool_calls)) readCalls(delta.tool_calls, events);
    else if (isJsonObject(delta.function_call)) {
      readCalls([{ index: 0, function: delta.function_call }], events);
    }
  }

  function readText(delta: JsonObject, logprobs: readonly Json[] | undefined, events: ChatEvent[]) {
    const { content } = delta;
    const signature = delta.extra_content ? signatureOf(delta) : undefined;
    if (signature !== undefined) startProse({ kind: "text", signature }, events);
    if (typeof content === "string") {
      if (content !== "" || logprobs) say("text", content, logprobs, events);
      return;
    }
    for (const piece of contentPieces(content)) {
      if (piece.kind === "text") say("text", piece.text, undefined, events);
      else thinkPiece(piece, events);
    }
  }

  function thinkPiece(piece: ReasoningPiece, events: ChatEvent[]) {
    const { text, signature, redacted } = piece;
    if (redacted !== undefined) startProse({ kind: "reasoning", redacted }, events);
    if (text !== "") think(text, events);
    if (signature !== undefined) {
      if (kind !== "reasoning") startProse({ kind: "reasoning" }, events);
      events.push({ type: "reasoning-delta", index, signature });
    }
    // What is signed or encrypted goes back as it is, so nothing is added to it.
    if (signature !== undefined || redacted !== undefined) endProse(events);
  }

  function readAnnotations(wire: Json, events: ChatEvent[]) {
    for (const annotation of decodeAnnotations(wire)) {
      if (kind !== "text") startProse({ kind: "text" }, events);
      events.push({ type: "annotation", index, annotation });
    }
  }

  function readCalls(wire: readonly Json[], events: ChatEvent[]) {
    for (const call of wire) {
      if (!isJsonObject(call)) continue;
      endProse(events);
      calls ??= toolCallDecoder(choice, answer);
      calls.push(call, events);
      hasSpoken = true;
    }
  }

  function push(wire: JsonObject, events: ChatEvent[]) {
    const delta = wire.delta ?? wire.message;
    if (isJsonObject(delta)) readDelta(delta, wire.logprobs, events);
    if (typeof wire.finish_reason !== "string") return;
    hasSpoken = true;
    const hasCalls = calls !== undefined;
    finish.hear(decodeFinish(wire.finish_reason, wire.native_finish_reason, hasCalls));
  }

  function end(events: ChatEvent[]) {
    endProse(events);
    calls?.endAll(events);
    finish.tell(choice, events, calls !== undefined);
  }

  return { push, end, finished: finish.isTold, spoke: () => hasSpoken };
}

function tokens(wire: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(wire) && wire.length > 0 ? wire : undefined;
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function streamDecoder(context: StreamDecoderContext): AnswerDecoder {
  return openAiStreamDecoder(
    { format: FORMAT_NAME, undecodable: UNDECODABLE, decodeResponse, choiceDecoder },
    context,
  );
}
