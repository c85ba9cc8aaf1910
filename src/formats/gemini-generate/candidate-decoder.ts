import type { Block, ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { decodeFinish } from "./finish.ts";
import { decodeSources } from "./grounding.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { type PartialCall, partialCall } from "./partial-call.ts";
import { proseOf } from "./prose.ts";
import { listed, SIGNER } from "./wire.ts";

/** What the candidates of one answer share. */
export interface AnswerState {
  nextIndex(): number;
  /** For a call to which the vendor gave no id. */
  madeCallId(): string;
}

export interface CandidateDecoder {
  /** Reads one element of `candidates`. */
  push(wire: JsonObject, events: ChatEvent[]): void;
  /** The prompt was not let through: there is no candidate, and this stands for it. */
  block(reason: string, message: Json | undefined, events: ChatEvent[]): void;
  finished(): boolean;
}

/**
 * One of the answers. Parts of one kind that follow each other are one block, until one carries a
 * signature: it must go back with the very part it came with
 * (https://ai.google.dev/gemini-api/docs/thought-signatures).
 */
export function candidateDecoder(choice: number, answer: AnswerState): CandidateDecoder {
  let open: "text" | "reasoning" | undefined;
  let isSigned = false;
  let index = -1;
  let said = "";
  let partial: PartialCall | undefined;
  let hasCalls = false;
  let isFinished = false;

  function close(events: ChatEvent[]) {
    if (open !== undefined) events.push({ type: "block-end", index });
    open = undefined;
  }

  function start(kind: "text" | "reasoning", signature: string | undefined, events: ChatEvent[]) {
    close(events);
    open = kind;
    isSigned = signature !== undefined;
    index = answer.nextIndex();
    const block: Block =
      kind === "text" && signature !== undefined ? { kind, signature } : { kind };
    events.push({ type: "block-start", index, choice, block });
  }

  function say(
    text: string,
    {
      signature,
      logprobs,
    }: { signature: string | undefined; logprobs: readonly Json[] | undefined },
    events: ChatEvent[],
  ) {
    if (signature !== undefined) start("text", signature, events);
    if (text === "" && !logprobs) return;
    if (open !== "text" || (isSigned && signature === undefined)) start("text", undefined, events);
    said += text;
    events.push(
      logprobs
        ? { type: "text-delta", index, text, logprobs }
        : { type: "text-delta", index, text },
    );
  }

  function think(text: string, signature: string | undefined, events: ChatEvent[]) {
    if (text === "" && signature === undefined) return;
    if (open !== "reasoning" || isSigned) start("reasoning", undefined, events);
    if (text !== "") events.push({ type: "reasoning-delta", index, text });
    if (signature === undefined) return;
    isSigned = true;
    events.push({ type: "reasoning-delta", index, signature, signer: SIGNER });
  }

  function call(wire: JsonObject, signature: string | undefined, events: ChatEvent[]) {
    if (partial || wire.willContinue === true) {
      partial ??= partialCall(signature);
      if (!partial.push(wire)) return;
      const whole = partial.whole();
      const proof = partial.signature;
      partial = undefined;
      return writeCall(whole, proof, events);
    }
    writeCall(wire, signature, events);
  }

  function writeCall(wire: JsonObject, signature: string | undefined, events: ChatEvent[]) {
    close(events);
    hasCalls = true;
    index = answer.nextIndex();
    const id = typeof wire.id === "string" && wire.id !== "" ? wire.id : answer.madeCallId();
    const name = typeof wire.name === "string" ? wire.name : "";
    const proof = signature === undefined ? {} : { signature };
    const block: Block = { kind: "tool-call", id, name, ...proof };
    events.push({ type: "block-start", index, choice, block });
    events.push({ type: "tool-call-delta", index, arguments: JSON.stringify(wire.args ?? {}) });
    events.push({ type: "block-end", index });
  }

  function readParts(wire: JsonObject, parts: readonly JsonObject[], events: ChatEvent[]) {
    let logprobs = wire.logprobsResult ? decodeLogprobs(wire.logprobsResult) : undefined;
    for (const part of parts) {
      const signature =
        typeof part.thoughtSignature === "string" ? part.thoughtSignature : undefined;
      if (isJsonObject(part.functionCall)) {
        call(part.functionCall, signature, events);
        continue;
      }
      const text = proseOf(part);
      if (part.thought === true) {
        think(text, signature, events);
        continue;
      }
      say(text, { signature, logprobs }, events);
      logprobs = undefined;
    }
  }

  function annotate(wire: JsonObject, events: ChatEvent[]) {
    for (const annotation of decodeSources(wire, said)) {
      if (open !== "text") start("text", undefined, events);
      events.push({ type: "annotation", index, annotation });
    }
  }

  function finish(reason: string, events: ChatEvent[]) {
    if (partial) writeCall(partial.whole(), partial.signature, events);
    close(events);
    isFinished = true;
    events.push({ type: "finish", choice, reason: decodeFinish(reason, hasCalls), raw: reason });
  }

  function push(wire: JsonObject, events: ChatEvent[]) {
    if (isFinished) return;
    const content = isJsonObject(wire.content) ? listed(wire.content.parts) : undefined;
    const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
    // Sources come with the last chunk, whose own text is empty: they belong to the text before.
    const hasSources = wire.groundingMetadata !== undefined || wire.citationMetadata !== undefined;
    const isAfter = hasSources && open === "text" && parts.every((part) => part.text === "");
    if (isAfter) annotate(wire, events);
    readParts(wire, parts, events);
    if (hasSources && !isAfter) annotate(wire, events);
    const reason = wire.finishReason;
    if (typeof reason !== "string" || reason === "" || reason === "FINISH_REASON_UNSPECIFIED")
      return;
    finish(reason, events);
  }

  function block(reason: string, message: Json | undefined, events: ChatEvent[]) {
    if (isFinished) return;
    close(events);
    if (typeof message === "string" && message !== "") {
      index = answer.nextIndex();
      events.push({ type: "block-start", index, choice, block: { kind: "refusal" } });
      events.push({ type: "text-delta", index, text: message });
      events.push({ type: "block-end", index });
    }
    isFinished = true;
    events.push({ type: "finish", choice, reason: "content_filter", raw: reason });
  }

  return { push, block, finished: () => isFinished };
}
