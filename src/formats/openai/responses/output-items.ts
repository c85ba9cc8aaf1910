import type { Block, ChatEvent } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../chat/json.ts";
import type { Annotation } from "../../../chat/message.ts";
import { encodeAnnotation } from "./annotations.ts";
import { outputText } from "./content.ts";
import { keptText } from "./kept-state.ts";
import { CUSTOM_INPUT, type ToolSeat } from "./tools.ts";

/** Tells the client of an event; its number is the teller's. */
export type Emit = (type: string, members: JsonObject) => void;

/** One item of an answer's `output`. */
export interface OutputItem {
  /** As far as it has come. */
  wire(): JsonObject;
}

/** What comes of one block. */
export interface OpenBlock {
  text?(event: Extract<ChatEvent, { type: "text-delta" }>): void;
  annotation?(annotation: Annotation): void;
  reasoning?(event: Extract<ChatEvent, { type: "reasoning-delta" }>): void;
  arguments?(text: string): void;
  close(): void;
}

export interface ItemPlace {
  readonly id: string;
  readonly at: number;
  readonly emit: Emit;
}

type Status = "in_progress" | "completed";

export interface MessageItem extends OutputItem {
  begin(kind: "text" | "refusal"): OpenBlock;
  /** Nothing more is begun; it ends with its last part. */
  finish(): void;
}

/** Words and refusals that follow one another are parts of one message. */
export function messageItem({ id, at, emit }: ItemPlace): MessageItem {
  const place = { item_id: id, output_index: at };
  const parts: (() => JsonObject)[] = [];
  let openCount = 0;
  let isLast = false;
  let status: Status = "in_progress";

  const wire = () => ({
    id,
    type: "message",
    status,
    role: "assistant",
    content: parts.map((part) => part()),
  });

  function end() {
    if (!isLast || openCount > 0 || status === "completed") return;
    status = "completed";
    emit("response.output_item.done", { output_index: at, item: wire() });
  }

  function begin(kind: "text" | "refusal"): OpenBlock {
    const where = { ...place, content_index: parts.length };
    let text = "";
    const annotations: Annotation[] = [];
    const logprobs: Json[] = [];
    let annotationIndex = 0;
    const isRefusal = kind === "refusal";
    const part = () =>
      isRefusal ? { type: "refusal", refusal: text } : outputText(text, annotations, logprobs);
    parts.push(part);
    openCount += 1;
    emit("response.content_part.added", { ...where, part: part() });
    return {
      text(event) {
        text += event.text;
        if (isRefusal) {
          emit("response.refusal.delta", { ...where, delta: event.text });
          return;
        }
        if (event.logprobs) logprobs.push(...event.logprobs);
        const delta = event.text;
        emit("response.output_text.delta", { ...where, delta, logprobs: event.logprobs ?? [] });
      },
      annotation(annotation) {
        annotations.push(annotation);
        const told = encodeAnnotation(annotation);
        if (!told) return;
        const members = { ...where, annotation_index: annotationIndex, annotation: told };
        annotationIndex += 1;
        emit("response.output_text.annotation.added", members);
      },
      close() {
        if (isRefusal) emit("response.refusal.done", { ...where, refusal: text });
        else emit("response.output_text.done", { ...where, text, logprobs });
        emit("response.content_part.done", { ...where, part: part() });
        openCount -= 1;
        end();
      },
    };
  }

  emit("response.output_item.added", { output_index: at, item: wire() });
  return {
    wire,
    begin,
    finish() {
      isLast = true;
      end();
    },
  };
}

type ReasoningBlock = Extract<Block, { kind: "reasoning" }>;

/** Thoughts are told as their summary; what the vendor wants back unchanged goes along as kept state. */
export function reasoningItem(
  { id, at, emit }: ItemPlace,
  block: ReasoningBlock,
): OutputItem & OpenBlock {
  const place = { item_id: id, output_index: at, summary_index: 0 };
  let text = "";
  let isTold = false;
  let isDone = false;
  let { redacted } = block;
  let signature: string | undefined;
  let signer: string | undefined;

  const summary = () => ({ type: "summary_text", text });
  const kept = () =>
    keptText({
      of: "reasoning",
      text,
      ...(signature !== undefined && { signature }),
      ...(signer !== undefined && { signer }),
      ...(redacted !== undefined && { redacted }),
    });
  const hasState = () => signature !== undefined || redacted !== undefined;
  const wire = () => ({
    id,
    type: "reasoning",
    summary: isTold ? [summary()] : [],
    ...(isDone && hasState() && { encrypted_content: kept() }),
  });

  emit("response.output_item.added", { output_index: at, item: wire() });
  return {
    wire,
    reasoning(event) {
      signature = event.signature ?? signature;
      signer = event.signer ?? signer;
      redacted = event.redacted ?? redacted;
      const delta = event.text ?? "";
      if (delta === "") return;
      if (!isTold) {
        emit("response.reasoning_summary_part.added", { ...place, part: summary() });
        isTold = true;
      }
      text += delta;
      emit("response.reasoning_summary_text.delta", { ...place, delta });
    },
    close() {
      isDone = true;
      if (isTold) {
        emit("response.reasoning_summary_text.done", { ...place, text });
        emit("response.reasoning_summary_part.done", { ...place, part: summary() });
      }
      emit("response.output_item.done", { output_index: at, item: wire() });
    },
  };
}

/** A proof over the item that follows, which has no seat for it. */
export function proofItem({ id, at, emit }: ItemPlace, signature: string): OutputItem {
  const item = {
    id,
    type: "reasoning",
    summary: [],
    encrypted_content: keptText({ of: "next", signature }),
  };
  emit("response.output_item.added", { output_index: at, item });
  emit("response.output_item.done", { output_index: at, item });
  return { wire: () => item };
}

/** A call under the name, and in the form, that the client gave the tool. */
export function callItem(
  { id, at, emit }: ItemPlace,
  {
    callId,
    seat,
    isText,
  }: { readonly callId: string; readonly seat: ToolSeat; readonly isText: boolean },
): OutputItem & OpenBlock {
  const place = { item_id: id, output_index: at };
  const { name, namespace, isCustom } = seat;
  const words = isCustom
    ? { type: "custom_tool_call", member: "input", event: "response.custom_tool_call_input" }
    : { type: "function_call", member: "arguments", event: "response.function_call_arguments" };
  let said = "";
  let status: Status = "in_progress";
  /** The model wrote an object around the text, which is known only once it is whole. */
  const isHeld = isCustom && !isText;

  const wire = () => ({
    id,
    type: words.type,
    status,
    call_id: callId,
    name,
    ...(namespace !== undefined && { namespace }),
    [words.member]: isHeld && status === "in_progress" ? "" : said,
  });
  const tell = (delta: string) => emit(`${words.event}.delta`, { ...place, delta });

  emit("response.output_item.added", { output_index: at, item: wire() });
  return {
    wire,
    arguments(text) {
      said += text;
      if (!isHeld && text !== "") tell(text);
    },
    close() {
      if (isHeld) {
        said = customText(said);
        tell(said);
      } else if (!isCustom && said.trim() === "") {
        // Clients parse what they get.
        said = "{}";
        tell(said);
      }
      emit(`${words.event}.done`, { ...place, [words.member]: said });
      status = "completed";
      emit("response.output_item.done", { output_index: at, item: wire() });
    },
  };
}

/** What stands in the object that a custom tool's text was asked for in; all of it where it is none. */
function customText(text: string): string {
  try {
    const value = parseJson(text);
    const inside = isJsonObject(value) ? value[CUSTOM_INPUT] : undefined;
    return typeof inside === "string" ? inside : text;
  } catch {
    return text;
  }
}
