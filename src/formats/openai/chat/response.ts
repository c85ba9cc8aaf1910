import { GatewayError } from "../../../chat/error.ts";
import type { FinishReason } from "../../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { TextPart, ToolCallPart } from "../../../chat/message.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import { madeCallId } from "../../tools.ts";
import type { AnswerContext } from "../../wire-format.ts";
import { decodeResponseHead, errorInAnswer, errorInChoice, sortedChoices } from "../answer.ts";
import { decodeAnnotations } from "./annotations.ts";
import { contentPieces, type ReasoningPiece } from "./content.ts";
import { decodeReasoning, isOpaque, signatureOf } from "./reasoning.ts";
import { FORMAT_NAME } from "./wire.ts";

/**
 * Throws `upstream_bad_response`; or, for an error in a body whose status said 200, that error.
 * Inside `choices` it is tolerant: what cannot be read is left out.
 */
export function decodeResponse(wire: JsonObject): ChatResponse {
  if (!Array.isArray(wire.choices)) {
    const told = errorInAnswer(wire);
    if (told) throw told;
    throw new GatewayError("upstream_bad_response", "'choices' not in llm/v1/chat response");
  }
  const head = decodeResponseHead(wire, FORMAT_NAME);
  const choices = sortedChoices(wire.choices).map((choice) => decodeChoice(choice, head.id));
  return Object.assign(head, { choices });
}

function decodeChoice(wire: JsonObject, answerId: string): Choice {
  const failed = errorInChoice(wire);
  if (failed) throw failed;
  const message = isJsonObject(wire.message) ? wire.message : {};
  const logprobs = isJsonObject(wire.logprobs) ? wire.logprobs : {};
  const calls = decodeCalls(message, answerId);
  const content: ChoicePart[] = decodeReasoning(message);
  addText(message, tokens(logprobs.content), content);
  addRefusal(message, tokens(logprobs.refusal), content);
  content.push(...calls);
  if (typeof wire.finish_reason !== "string") return { content };
  const finish = decodeFinish(wire.finish_reason, wire.native_finish_reason, calls.length > 0);
  const finishReason = finish.reason;
  if (finish.raw === undefined) return { content, finishReason };
  return { content, finishReason, rawFinishReason: finish.raw };
}

type Draft<Part> = { -readonly [Name in keyof Part]: Part[Name] };

interface Proof {
  readonly logprobs?: readonly Json[];
}

const NO_PROOF: Proof = {};

/** An empty list of log probabilities says as much as none. */
function tokens(wire: Json | undefined): Proof {
  return Array.isArray(wire) && wire.length > 0 ? { logprobs: wire } : NO_PROOF;
}

function addText(message: JsonObject, proof: Proof, content: ChoicePart[]): void {
  let text = "";
  for (const piece of contentPieces(message.content)) {
    if (piece.kind === "text") text += piece.text;
    else addReasoning(piece, content);
  }
  const annotations = decodeAnnotations(message.annotations);
  const signature = signatureOf(message);
  if (text === "" && signature === undefined && annotations.length === 0 && !proof.logprobs) {
    return;
  }
  const part: Draft<TextPart & Proof> = { type: "text", text };
  if (annotations.length > 0) part.annotations = annotations;
  if (signature !== undefined) part.signature = signature;
  if (proof.logprobs) part.logprobs = proof.logprobs;
  content.push(part);
}

/** Pieces are one block up to what is signed or encrypted. */
function addReasoning({ kind: type, ...piece }: ReasoningPiece, content: ChoicePart[]): void {
  const before = content.at(-1);
  const isOpen = before?.type === "reasoning" && !isOpaque(before);
  if (!isOpen || piece.redacted !== undefined) content.push({ type, ...piece });
  else content.splice(-1, 1, { ...before, ...piece, text: before.text + piece.text });
}

function addRefusal(message: JsonObject, proof: Proof, content: ChoicePart[]): void {
  if (typeof message.refusal !== "string" || message.refusal === "") return;
  content.push({ type: "refusal", text: message.refusal, ...proof });
}

function decodeCalls(message: JsonObject, answerId: string): ToolCallPart[] {
  if (!message.tool_calls && !message.function_call) return [];
  const listed = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isJsonObject) : [];
  const legacy = isJsonObject(message.function_call) ? [{ function: message.function_call }] : [];
  return [...listed, ...legacy].map((call: JsonObject, n) => {
    const signature = signatureOf(call);
    const custom = isJsonObject(call.custom) ? call.custom : undefined;
    const called = custom ?? (isJsonObject(call.function) ? call.function : {});
    return {
      type: "tool-call",
      id: typeof call.id === "string" && call.id !== "" ? call.id : madeCallId(answerId, n),
      name: typeof called.name === "string" ? called.name : "",
      arguments: argumentsText(custom ? custom.input : called.arguments),
      ...(signature !== undefined && { signature }),
      ...(custom && { custom: true }),
    };
  });
}

/** Some servers write the arguments as an object, not as JSON text. */
export function argumentsText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/**
 * OpenAI's words are the canonical ones; `function_call` is the retired one. Compatible servers say
 * others: `eos` (Together), `model_length` (Mistral), `end_turn` (proxied Claude). An unknown word
 * means that the model stopped by itself.
 */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["stop", "stop"],
  ["eos", "stop"],
  ["end_turn", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["tool_calls", "tool_calls"],
  ["tool_use", "tool_calls"],
  ["function_call", "tool_calls"],
  ["content_filter", "content_filter"],
  ["safety", "content_filter"],
  ["refusal", "content_filter"],
]);

export interface Finish {
  readonly reason: FinishReason;
  readonly raw?: string;
}

/**
 * `raw` is there only where the vendor's word is another than ours. A forced tool call ends with
 * `stop` on OpenAI (https://platform.openai.com/docs/guides/function-calling): the calls say more.
 */
export function decodeFinish(word: string, native: unknown, hasToolCalls: boolean): Finish {
  const known = REASONS.get(word) ?? REASONS.get(word.toLowerCase()) ?? "stop";
  const reason = known === "stop" && hasToolCalls ? "tool_calls" : known;
  const raw = typeof native === "string" ? native : word;
  return raw === reason ? { reason } : { reason, raw };
}

/** The word for a client: the canonical ones are OpenAI's, but for the retired one. */
export function encodeFinish(reason: FinishReason, { oldFunctionCalls }: AnswerContext): string {
  return oldFunctionCalls && reason === "tool_calls" ? "function_call" : reason;
}
