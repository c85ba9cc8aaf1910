import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ReasoningRequest, ResponseFormat } from "../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  withChanges,
  withoutAbsent,
} from "../fields.ts";
import { type NoticeList, ownExtra } from "../notice-list.ts";
import type { RequestPatch } from "../wire-format.ts";

/** The request members that Ollama's chat and completions share (https://docs.ollama.com/api). */
export const OLLAMA_MEMBERS = [
  "model",
  "stream",
  "format",
  "think",
  "logprobs",
  "top_logprobs",
  "options",
] as const;

const TUNING = new Set([
  "num_predict",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "presence_penalty",
  "frequency_penalty",
]);

/** Ollama streams unless it is told not to. */
export function decodeOllamaOptions(
  wire: JsonObject,
): Pick<ChatRequest, "model" | "stream"> & Partial<ChatRequest> {
  const options = optionalObject(wire, "options", "") ?? {};
  const format = decodeFormat(wire.format);
  const reasoning = decodeThink(wire.think);
  const logprobs = optionalBoolean(wire, "logprobs", "");
  return {
    model: optionalString(wire, "model", "") ?? "",
    stream: optionalBoolean(wire, "stream", "") ?? true,
    ...(format && { responseFormat: format }),
    ...(reasoning && { reasoning }),
    ...(logprobs && { logprobs: { top: optionalInteger(wire, "top_logprobs", "") ?? 0 } }),
    ...decodeTuning(options),
  };
}

function decodeTuning(options: JsonObject): Partial<ChatRequest> {
  const at = "options";
  const maxTokens = optionalInteger(options, "num_predict", at);
  const temperature = optionalNumber(options, "temperature", at);
  const topP = optionalNumber(options, "top_p", at);
  const topK = optionalInteger(options, "top_k", at);
  const seed = optionalInteger(options, "seed", at);
  const presencePenalty = optionalNumber(options, "presence_penalty", at);
  const frequencyPenalty = optionalNumber(options, "frequency_penalty", at);
  const stop = decodeStop(options);
  return {
    // Below zero it means no limit, or the rest of the context.
    ...(maxTokens !== undefined && maxTokens >= 0 && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop && { stop }),
    ...(seed !== undefined && { seed }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
  };
}

function decodeStop(options: JsonObject): readonly string[] | undefined {
  if (typeof options.stop === "string") return [options.stop];
  return optionalArray(options, "stop", "options")?.map((word, i) => {
    if (typeof word === "string") return word;
    throw invalidField(`options.stop[${i}]`, "must be a string");
  });
}

function decodeFormat(value: Json | undefined): ResponseFormat | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (value === "json") return { type: "json" };
  if (isJsonObject(value)) return { type: "json-schema", name: "response", schema: value };
  throw invalidField("format", "must be json or a JSON Schema");
}

function decodeThink(value: Json | undefined): ReasoningRequest | undefined {
  switch (value) {
    case undefined:
    case null:
      return undefined;
    case true:
      return { adaptive: true };
    case false:
      return { effort: "none" };
    case "low":
    case "medium":
    case "high":
      return { effort: value };
  }
  throw invalidField("think", "must be true, false, low, medium or high");
}

/** The members without a seat, the runner's options (`num_ctx`) among them. */
export function ollamaExtra(wire: JsonObject, seated: ReadonlySet<string>): JsonObject | undefined {
  const unseated = membersBeside(wire, seated);
  const options = isJsonObject(wire.options) ? wire.options : {};
  const unlimited = typeof options.num_predict === "number" && options.num_predict < 0;
  const runner = membersBeside(options, TUNING);
  if (!runner && !unlimited) return unseated;
  const kept = { ...runner, ...(unlimited && { num_predict: options.num_predict }) };
  return { ...unseated, options: kept };
}

/** All of a request but what is said. */
export function encodeOllamaOptions(
  chat: ChatRequest,
  format: string,
  list: NoticeList,
): JsonObject {
  if (chat.choiceCount !== undefined && chat.choiceCount !== 1) {
    list.dropped("n", "Ollama gives one answer.");
  }
  if (chat.user !== undefined) list.dropped("user", "Ollama does not take the end user's name.");
  if (chat.serviceTier !== undefined) list.dropped("service_tier", "Ollama has no service tiers.");
  const { options: runner, ...extra } = ownExtra(chat, format, list) ?? {};
  const options = withoutAbsent({
    ...(isJsonObject(runner) && runner),
    ...tuningOf(chat),
  });
  return {
    ...extra,
    model: chat.model === "" ? undefined : chat.model,
    stream: chat.stream,
    format: chat.responseFormat && encodeFormat(chat.responseFormat, list),
    think: chat.reasoning && encodeThink(chat.reasoning, list),
    logprobs: chat.logprobs && true,
    top_logprobs: chat.logprobs && chat.logprobs.top > 0 ? chat.logprobs.top : undefined,
    options: Object.keys(options).length > 0 ? options : undefined,
  };
}

function tuningOf(tuning: RequestPatch & Partial<ChatRequest>): JsonObject {
  return withoutAbsent({
    num_predict: tuning.maxTokens,
    temperature: tuning.temperature,
    top_p: tuning.topP,
    top_k: tuning.topK,
    stop: tuning.stop,
    seed: tuning.seed,
    presence_penalty: tuning.presencePenalty,
    frequency_penalty: tuning.frequencyPenalty,
  });
}

function encodeFormat(format: ResponseFormat, list: NoticeList): Json | undefined {
  switch (format.type) {
    case "text":
      return undefined;
    case "json":
      return "json";
    case "json-schema":
      if (format.description !== undefined) {
        const reason = "Ollama's schemas have no description beside the schema's own.";
        list.dropped("response_format.json_schema.description", reason);
      }
      if (format.strict === false) {
        const reason = "Ollama always holds to the schema.";
        list.approximated("response_format.json_schema.strict", reason);
      }
      return format.schema;
  }
}

/** https://docs.ollama.com/capabilities/thinking */
const EFFORTS = {
  none: false,
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
} as const satisfies Record<NonNullable<ReasoningRequest["effort"]>, string | false>;

function encodeThink(reasoning: ReasoningRequest, list: NoticeList): string | boolean | undefined {
  const { effort, budgetTokens, adaptive } = reasoning;
  if (reasoning.includeText !== undefined) {
    list.dropped("reasoning.includeText", "Ollama shows the reasoning whenever there is any.");
  }
  if (budgetTokens !== undefined) {
    const reason = "Ollama takes no number of tokens; the model thinks as much as it does.";
    list.approximated("reasoning.budgetTokens", reason);
  }
  if (effort === undefined) return adaptive || budgetTokens !== undefined ? true : undefined;
  const think = EFFORTS[effort];
  if (think !== false && think !== effort) {
    list.approximated("reasoning_effort", `Ollama's efforts are low, medium and high: ${think}.`);
  }
  return think;
}

export function patchOllamaRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const options = isJsonObject(wire.options) ? wire.options : {};
  const tuning = tuningOf(patch);
  const changed = Object.keys(tuning).some((key) => options[key] !== tuning[key]);
  const changes: JsonObject = {
    ...(patch.model !== undefined && { model: patch.model }),
    ...(patch.stream !== undefined &&
      (wire.stream !== undefined || !patch.stream) && { stream: patch.stream }),
    ...(changed && { options: { ...options, ...tuning } }),
  };
  return withChanges(wire, changes);
}
