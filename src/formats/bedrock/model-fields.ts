import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ReasoningRequest } from "../../chat/request.ts";

/**
 * Members of `additionalModelRequestFields` that have a canonical seat, in the words of each family
 * of models; the rest is the model's own business and stays.
 */
export function decodeModelFields(
  fields: JsonObject,
  effort: string | undefined,
): {
  readonly request: Pick<ChatRequest, "topK" | "reasoning" | "parallelToolCalls">;
  readonly rest: JsonObject | undefined;
} {
  const rest: Record<string, Json | undefined> = { ...fields };
  const topK = takeTopK(rest);
  const reasoning = takeReasoning(rest, effort);
  const isSerial = takeSerial(rest);
  return {
    request: {
      ...(topK !== undefined && { topK }),
      ...(reasoning && { reasoning }),
      ...(isSerial && { parallelToolCalls: false }),
    },
    rest: Object.keys(rest).length > 0 ? rest : undefined,
  };
}

function takeTopK(rest: Record<string, Json | undefined>): number | undefined {
  for (const name of ["top_k", "k"]) {
    const value = rest[name];
    if (typeof value !== "number") continue;
    delete rest[name];
    return value;
  }
  const config = rest["inferenceConfig"];
  if (!isJsonObject(config) || typeof config.topK !== "number") return undefined;
  const { topK, ...others } = config;
  if (Object.keys(others).length > 0) rest["inferenceConfig"] = others;
  else delete rest["inferenceConfig"];
  return topK;
}

function takeReasoning(
  rest: Record<string, Json | undefined>,
  effort: string | undefined,
): ReasoningRequest | undefined {
  const word = effortOf(effort) ?? takeWord(rest);
  const thinking = takeThinking(rest);
  if (!word && !thinking) return undefined;
  return { ...thinking, ...(word && { effort: word }) };
}

function takeThinking(rest: Record<string, Json | undefined>): ReasoningRequest | undefined {
  const thinking = rest["thinking"];
  if (!isJsonObject(thinking)) return undefined;
  const { type, budget_tokens: budget } = thinking;
  if (type === "enabled" && typeof budget === "number") {
    delete rest["thinking"];
    return { budgetTokens: budget };
  }
  if (type !== "adaptive" && type !== "disabled") return undefined;
  delete rest["thinking"];
  return type === "adaptive" ? { adaptive: true } : { effort: "none" };
}

/** Nova's words, and those of OpenAI's open models. */
function takeWord(rest: Record<string, Json | undefined>): ReasoningRequest["effort"] {
  const config = rest["reasoningConfig"];
  if (isJsonObject(config)) {
    const word = config.type === "disabled" ? "none" : effortOf(config.maxReasoningEffort);
    if (word) delete rest["reasoningConfig"];
    if (word) return word;
  }
  const word = effortOf(rest["reasoning_effort"]);
  if (word) delete rest["reasoning_effort"];
  return word;
}

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

function effortOf(value: Json | undefined): ReasoningRequest["effort"] {
  return EFFORTS.find((word) => word === value);
}

/** Claude's switch; the choice it repeats stands in `toolConfig` too. */
function takeSerial(rest: Record<string, Json | undefined>): boolean {
  const choice = rest["tool_choice"];
  if (!isJsonObject(choice) || choice.disable_parallel_tool_use !== true) return false;
  delete rest["tool_choice"];
  return true;
}
