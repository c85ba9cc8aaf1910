import type { Block, ChatEvent } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";
import { finishWord } from "../finish-word.ts";
import { decodeLogprobs, proseOf, traceOf } from "./answer.ts";
import { decodeSources, saidText } from "./grounding.ts";
import { decodeFinish, listed, SIGNER } from "./wire.ts";

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
  /** What said something and is known to be whole stopped by itself, where nothing else is said. */
  assumeStop(): void;
  /** Ends what is open, and tells the finish reason where there was one. */
  end(events: ChatEvent[]): void;
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
  /** UTF-16 units of text that were told, and those told ahead of the block that is open. */
  let told = 0;
  let before = 0;
  const heard = saidText();
  let sources: readonly Annotation[] = [];
  let partial: PartialCall | undefined;
  let hasCalls = false;
  const ending = finishWord();
  let isBlocked = false;

  function close(events: ChatEvent[]) {
    if (open === "text" && sources.length > 0) citeWords(events);
    if (open !== undefined) events.push({ type: "block-end", index });
    open = undefined;
  }

  function start(kind: "text" | "reasoning", signature: string | undefined, events: ChatEvent[]) {
    close(events);
    open = kind;
    isSigned = signature !== undefined;
    index = answer.nextIndex();
    before = told;
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
    told += text.length;
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
      const trace = traceOf(part);
      if (part.thought === true || trace !== "") {
        think(trace || proseOf(part), signature, events);
        continue;
      }
      const isProse = typeof part.text === "string";
      // A text has one signature in most dialects, so that of code or a picture goes ahead of it.
      if (!isProse) think("", signature, events);
      say(proseOf(part), { signature: isProse ? signature : undefined, logprobs }, events);
      logprobs = undefined;
    }
  }

  function cite(source: Annotation, events: ChatEvent[]) {
    const { start: first, end: last, ...rest } = source;
    const annotation = {
      ...rest,
      ...(first !== undefined && { start: first - before }),
      ...(last !== undefined && { end: last - before }),
    };
    events.push({ type: "annotation", index, annotation });
  }

  /** The sources of words that were told; one without a place belongs to the last of them. */
  function citeWords(events: ChatEvent[]) {
    const end = heard.said().words.length - 1;
    const isTold = ({ start: first = end }: Annotation) => first < told;
    for (const source of sources.filter(isTold)) cite(source, events);
    sources = sources.filter((source) => !isTold(source));
  }

  function citeRest(events: ChatEvent[]) {
    if (sources.length > 0 && open !== "text") start("text", undefined, events);
    for (const source of sources) cite(source, events);
    sources = [];
  }

  function push(wire: JsonObject, events: ChatEvent[]) {
    const content = isJsonObject(wire.content) ? listed(wire.content.parts) : undefined;
    const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
    heard.add(parts);
    sources = decodeSources(wire, heard.said());
    readParts(wire, parts, events);
    citeRest(events);
    const reason = wire.finishReason;
    if (typeof reason !== "string" || reason === "" || reason === "FINISH_REASON_UNSPECIFIED")
      return;
    ending.hear({ reason: decodeFinish(reason, hasCalls || partial !== undefined), raw: reason });
  }

  function block(reason: string, message: Json | undefined, events: ChatEvent[]) {
    if (isBlocked) return;
    isBlocked = true;
    close(events);
    if (typeof message === "string" && message !== "") {
      index = answer.nextIndex();
      events.push({ type: "block-start", index, choice, block: { kind: "refusal" } });
      events.push({ type: "text-delta", index, text: message });
      events.push({ type: "block-end", index });
    }
    ending.hear({ reason: "content_filter", raw: reason });
  }

  function end(events: ChatEvent[]) {
    if (partial) writeCall(partial.whole(), partial.signature, events);
    close(events);
    ending.tell(choice, events, hasCalls);
  }

  function assumeStop() {
    if (index >= 0 && !ending.isTold()) ending.hear({ reason: decodeFinish("", hasCalls) });
  }

  return { push, block, assumeStop, end, finished: ending.isTold };
}

/** A function call whose arguments come in pieces. */
export interface PartialCall {
  readonly signature: string | undefined;
  /** Reads one piece; true when it was the last. */
  push(wire: JsonObject): boolean;
  whole(): JsonObject;
}

/**
 * Vertex AI streams arguments as values at JSON paths when it is asked to
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling). Their order
 * in the object is not theirs in time, so the call is told when it is whole.
 */
export function partialCall(signature: string | undefined): PartialCall {
  const args: Record<string, Json> = {};
  let head: JsonObject = {};

  function push(wire: JsonObject): boolean {
    const { args: wholeArgs, partialArgs, willContinue, ...rest } = wire;
    head = { ...head, ...rest };
    if (isJsonObject(wholeArgs)) Object.assign(args, wholeArgs);
    for (const piece of Array.isArray(partialArgs) ? partialArgs : []) {
      if (isJsonObject(piece) && typeof piece.jsonPath === "string") {
        put(args, stepsOf(piece.jsonPath), valueIn(piece));
      }
    }
    return willContinue !== true;
  }

  return { signature, push, whole: () => ({ ...head, args }) };
}

type Step = string | number;
type Holder = Record<Step, Json>;

/** Longest array a path may ask for: it comes from outside. */
const MAX_INDEX = 100_000;

/** `$.a['b'][0]` as its steps (RFC 9535, the singular part of it). */
function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  for (const [, name, quoted, index] of path.matchAll(
    /\.([^.[\]]+)|\[['"]((?:[^'"\\]|\\.)*)['"]\]|\[(\d+)\]/g,
  )) {
    if (index !== undefined) steps.push(Math.min(Number(index), MAX_INDEX));
    else steps.push(name ?? quoted ?? "");
  }
  return steps;
}

function valueIn(piece: JsonObject): Json {
  const { stringValue, numberValue, boolValue } = piece;
  return stringValue ?? numberValue ?? boolValue ?? null;
}

/** Texts at one path are pieces of one text. */
function put(root: Record<string, Json>, steps: readonly Step[], value: Json) {
  let holder: Holder = root;
  for (const [i, step] of steps.entries()) {
    const known = Object.hasOwn(holder, step) ? holder[step] : undefined;
    const next = steps[i + 1];
    if (next === undefined) {
      const joined = typeof known === "string" && typeof value === "string" ? known + value : value;
      define(holder, step, joined);
      return;
    }
    const inner =
      typeof known === "object" && known !== null ? known : typeof next === "number" ? [] : {};
    if (inner !== known) define(holder, step, inner);
    holder = inner as Holder;
  }
}

/** Also for a member named `__proto__`, which is data here. */
function define(holder: Holder, step: Step, value: Json) {
  const flags = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(holder, step, { value, ...flags });
}
