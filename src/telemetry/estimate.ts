import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { Usage } from "../chat/usage.ts";
import type { AiRecord, CallRecord } from "./call-record.ts";

/** Tokens per word that the reference assumes of a streamed chat; 1 otherwise. */
const STREAM_TOKENS_PER_WORD = 1.8;
const BYTES_PER_TOKEN = 4;

/**
 * Prompt tokens of a client's request body (`messages`, `prompt` or `input`), by the reference's word
 * count.
 * Never throws: a shape that is not text counts nothing.
 */
export function estimatePromptTokens(wire: JsonObject, stream: boolean): number {
  return tokensOfWords(countPromptWords(wire), stream);
}

/** The words of a request, where the rest of it may be out of reach when the tokens are asked for. */
export function countPromptWords(wire: JsonObject): number {
  return Array.isArray(wire.messages)
    ? chatWords(wire.messages)
    : promptWords(wire.prompt ?? wire.input);
}

export function tokensOfWords(words: number, stream: boolean): number {
  return Math.floor(words * (stream ? STREAM_TOKENS_PER_WORD : 1) + 0.5);
}

/** Tokens of that many UTF-8 bytes of text. */
export function estimateTokens(byteLength: number): number {
  return Math.ceil(byteLength / BYTES_PER_TOKEN);
}

/**
 * The usage to bill, log and limit by: the vendor's report where there is one, estimates for what
 * it lacks, and nothing where no answer began. A call that broke off reports what the vendor had
 * counted by then, which for most is nothing, so there the larger of report and estimate holds,
 * unless the report is of the whole answer.
 */
export function settledUsage(record: CallRecord, ai: AiRecord): Usage {
  const reported = completed(ai);
  const guess = estimateTokens(ai.generatedBytes);
  if (!reported) return estimatedUsage(hasBegun(ai) ? (ai.estimatedPromptTokens ?? 0) : 0, guess);
  if (guess <= reported.completionTokens) return reported;
  const brokeOff = record.clientAborted || record.streamError !== undefined || record.cutShort;
  if (reported.completionTokens > 0 && (!brokeOff || isReportFinal(ai))) return reported;
  return {
    ...reported,
    completionTokens: guess,
    totalTokens: reported.promptTokens + guess,
    estimated: true,
  };
}

function completed({ usage, estimatedPromptTokens = 0 }: AiRecord): Usage | undefined {
  const isComplete = !usage || usage.promptTokens > 0 || usage.completionTokens === 0;
  return isComplete ? usage : withEstimatedPrompt(usage, estimatedPromptTokens);
}

/** A report of an answer alone: no prompt has no tokens. */
export function withEstimatedPrompt(usage: Usage, promptTokens: number): Usage {
  const totalTokens = promptTokens + usage.completionTokens;
  return { ...usage, promptTokens, totalTokens, estimated: true };
}

/** Whether the vendor counted the whole answer: it had finished, and nothing was said after the report. */
function isReportFinal({ isFinished, reportedAtBytes, generatedBytes }: AiRecord): boolean {
  return isFinished === true && reportedAtBytes === generatedBytes;
}

/** Whether the answer said anything, if only that it is over: a refusal is not billed for. */
function hasBegun({ firstTokenAtMs, isFinished }: AiRecord): boolean {
  return firstTokenAtMs !== undefined || isFinished === true;
}

function estimatedUsage(promptTokens: number, completionTokens: number): Usage {
  const usage = { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
  return usage.totalTokens > 0 ? { ...usage, estimated: true } : usage;
}

function chatWords(messages: readonly Json[]): number {
  let words = 0;
  for (const message of messages) {
    if (isJsonObject(message)) words += contentWords(message.content);
  }
  return words;
}

function contentWords(content: Json | undefined): number {
  if (typeof content === "string") return countWords(content);
  if (!Array.isArray(content)) return 0;
  let words = 0;
  for (const part of content) {
    if (!isJsonObject(part) || part.type !== "text") continue;
    if (typeof part.text === "string") words += countWords(part.text);
  }
  return words;
}

/** A legacy prompt: text, texts, token ids, or lists of token ids. */
function promptWords(prompt: Json | undefined): number {
  if (typeof prompt === "string") return countWords(prompt);
  if (typeof prompt === "number") return 1;
  if (!Array.isArray(prompt)) return 0;
  let words = 0;
  for (const element of prompt) words += promptWords(element);
  return words;
}

/** Maximal runs of characters other than ASCII white space. */
export function countWords(text: string): number {
  let words = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const space = code === 32 || (code >= 9 && code <= 13);
    if (!space && !inWord) words += 1;
    inWord = !space;
  }
  return words;
}
