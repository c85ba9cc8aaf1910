import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ReasoningPart, TextPart, ToolCallPart } from "../../../chat/message.ts";
import type { ReasoningRequest } from "../../../chat/request.ts";
import type { ChatResponse, ChoicePart } from "../../../chat/response.ts";
import { invalidField, isJsonArray, membersBeside, optionalInteger } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { madeCallId } from "../../tools.ts";
import { decodeCohereFinish, decodeCohereUsage } from "../answer.ts";
import { noAnswer } from "../error.ts";
import { cited } from "./messages.ts";

/** Cohere's second API (https://docs.cohere.com/reference/chat). */
export const FORMAT_NAME = "cohere-chat";

const NAMED = new Set(["id", "finish_reason", "message", "usage", "logprobs"]);

/** Cohere names no model. Inside the message it is tolerant: what cannot be read is left out. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const { message } = wire;
  if (!isJsonObject(message)) throw noAnswer(wire);
  const id = typeof wire.id === "string" ? wire.id : "";
  const calls = decodeCalls(message.tool_calls, id);
  const finish = decodeCohereFinish(wire.finish_reason, calls.length > 0);
  const usage = decodeCohereUsage(wire.usage);
  const extra = membersBeside(wire, NAMED);
  return {
    id,
    model: "",
    choices: [
      {
        content: withLogprobs([...decodeSaid(message), ...calls], wire.logprobs),
        finishReason: finish.reason,
        ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
      },
    ],
    ...(usage && { usage }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

/** Reasoning, the tool plan, and the texts, each with its citations. */
function decodeSaid(message: JsonObject): (TextPart | ReasoningPart)[] {
  const citations = Array.isArray(message.citations) ? message.citations : [];
  const texts: TextPart[] = [];
  const reasoning: ReasoningPart[] = [];
  let textItem: number | undefined;
  for (const [i, item] of contentItems(message.content).entries()) {
    if (!isJsonObject(item)) continue;
    if (typeof item.thinking === "string" && item.thinking !== "") {
      reasoning.push({ type: "reasoning", text: item.thinking });
    }
    if (typeof item.text === "string" && item.text !== "") {
      textItem ??= i;
      texts.push(cited({ type: "text", text: item.text }, i, citations, textItem));
    }
  }
  const plan = message.tool_plan;
  if (typeof plan !== "string" || plan === "") return [...reasoning, ...texts];
  const planned = cited({ type: "text", text: plan }, undefined, citations, textItem);
  return [...reasoning, planned, ...texts];
}

function contentItems(content: Json | undefined): readonly Json[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return isJsonArray(content) ? content : [];
}

/** They are told for the whole answer; the last text holds them. */
function withLogprobs(content: readonly ChoicePart[], wire: Json | undefined): ChoicePart[] {
  const logprobs = decodeLogprobs(wire);
  const last = content.findLastIndex((part) => part.type === "text");
  return content.map((part, i) =>
    logprobs && i === last && part.type === "text" ? { ...part, logprobs } : part,
  );
}

function decodeCalls(wire: Json | undefined, answerId: string): ToolCallPart[] {
  if (!isJsonArray(wire)) return [];
  return wire
    .filter(isJsonObject)
    .map((call, n) => ({ ...decodeCallHead(call, answerId, n), arguments: argumentsText(call) }));
}

export function decodeCallHead(
  call: JsonObject,
  answerId: string,
  n: number,
): Omit<ToolCallPart, "arguments"> {
  const called = isJsonObject(call.function) ? call.function : {};
  return {
    type: "tool-call",
    id: typeof call.id === "string" && call.id !== "" ? call.id : madeCallId(answerId, n),
    name: typeof called.name === "string" ? called.name : "",
  };
}

export function argumentsText(call: JsonObject): string {
  const text = isJsonObject(call.function) ? call.function.arguments : undefined;
  if (typeof text === "string") return text;
  return text === undefined || text === null ? "" : JSON.stringify(text);
}

/**
 * Cohere gives one piece of text with the probabilities of the tokens it is made of; OpenAI one
 * entry a token. A piece is written as one entry whose probability is that of all its tokens
 * together, with Cohere's own numbers beside it.
 */
export function decodeLogprob(wire: Json): JsonObject | undefined {
  if (!isJsonObject(wire) || typeof wire.text !== "string") return undefined;
  const logprobs = Array.isArray(wire.logprobs)
    ? wire.logprobs.filter((value) => typeof value === "number")
    : [];
  return {
    token: wire.text,
    logprob: logprobs.reduce((sum, value) => sum + value, 0),
    bytes: null,
    top_logprobs: [],
    ...(Array.isArray(wire.token_ids) && { token_ids: wire.token_ids }),
    ...(logprobs.length !== 1 && { logprobs }),
  };
}

export function decodeLogprobs(wire: Json | undefined): readonly JsonObject[] | undefined {
  if (!Array.isArray(wire)) return undefined;
  const tokens = wire.map(decodeLogprob).filter((token) => token !== undefined);
  return tokens.length > 0 ? tokens : undefined;
}

export function encodeLogprob(token: Json): JsonObject {
  const { token: text, logprob, logprobs, token_ids } = isJsonObject(token) ? token : {};
  return {
    text: typeof text === "string" ? text : "",
    token_ids: Array.isArray(token_ids) ? token_ids : [],
    logprobs: Array.isArray(logprobs) ? logprobs : [typeof logprob === "number" ? logprob : 0],
  };
}

/** https://docs.cohere.com/docs/reasoning */
export function decodeThinking(wire: JsonObject): ReasoningRequest {
  if (wire.type === "disabled") return { effort: "none" };
  if (wire.type !== "enabled") throw invalidField("thinking.type", "must be enabled or disabled");
  const budgetTokens = optionalInteger(wire, "token_budget", "thinking");
  return budgetTokens === undefined ? { adaptive: true } : { budgetTokens };
}

/** Tokens an effort may cost; undefined leaves it to the model. */
const BUDGETS = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: undefined,
  xhigh: undefined,
  max: undefined,
} as const;

export function encodeThinking(
  reasoning: ReasoningRequest,
  list: NoticeList,
): JsonObject | undefined {
  if (reasoning.includeText !== undefined) {
    list.dropped("reasoning.includeText", "Cohere has no switch for showing the reasoning.");
  }
  const { effort, budgetTokens } = reasoning;
  if (effort === "none") return { type: "disabled" };
  if (budgetTokens !== undefined) return { type: "enabled", token_budget: budgetTokens };
  if (effort === undefined) return reasoning.adaptive && { type: "enabled" };
  const budget = BUDGETS[effort];
  const told = budget === undefined ? "no limit" : `a limit of ${budget} tokens`;
  list.approximated("reasoning_effort", `Cohere takes a number of tokens: ${told} for ${effort}.`);
  return { type: "enabled", ...(budget !== undefined && { token_budget: budget }) };
}
