import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../chat/request.ts";
import {
  changesStream,
  invalidField,
  membersBeside,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  withChanges,
  withoutAbsent,
} from "../fields.ts";
import { type Intent, PLAIN_INTENT } from "../intent.ts";
import type { NoticeList } from "../notice-list.ts";
import { isFilledText, textList } from "../prompt-text.ts";
import { type StopRule, takenStops } from "../stop-words.ts";
import type { RequestPatch } from "../wire-format.ts";

/**
 * The `parameters` of Text Generation Inference, and of servers made after it
 * (https://huggingface.github.io/text-generation-inference/).
 */
const SEATED = new Set([
  "max_new_tokens",
  "temperature",
  "do_sample",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "frequency_penalty",
  "top_n_tokens",
  "grammar",
]);

/** Most alternatives that are told of a token. */
const MAX_TOP_TOKENS = 5;

export function decodeTgiParameters(wire: JsonObject): Partial<ChatRequest> {
  const parameters = optionalObject(wire, "parameters", "") ?? {};
  const at = "parameters";
  const maxTokens = optionalInteger(parameters, "max_new_tokens", at);
  const temperature = decodeTemperature(parameters, at);
  const topP = optionalNumber(parameters, "top_p", at);
  const topK = optionalInteger(parameters, "top_k", at);
  const stop = optionalArray(parameters, "stop", at);
  const seed = optionalInteger(parameters, "seed", at);
  const frequencyPenalty = optionalNumber(parameters, "frequency_penalty", at);
  const top = optionalInteger(parameters, "top_n_tokens", at);
  const responseFormat = decodeGrammar(parameters);
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop && { stop: stop.map(stopWord) }),
    ...(seed !== undefined && { seed }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(top !== undefined && top > 0 && { logprobs: { top } }),
    ...(responseFormat && { responseFormat }),
  };
}

/** A server that may not sample takes the likeliest token: temperature 0 in other words. */
function decodeTemperature(parameters: JsonObject, at: string): number | undefined {
  const temperature = optionalNumber(parameters, "temperature", at);
  if (temperature !== undefined) return temperature;
  return optionalBoolean(parameters, "do_sample", at) === false ? 0 : undefined;
}

function stopWord(value: Json, i: number): string {
  if (typeof value === "string") return value;
  throw invalidField(`parameters.stop[${i}]`, "must be a string");
}

function decodeGrammar(parameters: JsonObject): ResponseFormat | undefined {
  const grammar = optionalObject(parameters, "grammar", "parameters");
  if (grammar?.type !== "json" || !isJsonObject(grammar.value)) return undefined;
  const schema = grammar.value;
  const isAnyObject = Object.keys(schema).length === 1 && schema.type === "object";
  return isAnyObject ? { type: "json" } : { type: "json-schema", name: "response", schema };
}

/** What has no seat: the other members of the body, and under `parameters` the others of those. */
export function tgiExtra(wire: JsonObject, seated: ReadonlySet<string>): JsonObject | undefined {
  const unseated = membersBeside(wire, seated);
  const parameters = isJsonObject(wire.parameters) ? wire.parameters : {};
  const others = membersBeside(parameters, SEATED);
  const regex = isJsonObject(parameters.grammar) && parameters.grammar.type !== "json";
  if (!others && !regex) return unseated;
  const kept = { ...others, ...(regex && { grammar: parameters.grammar }) };
  return { ...unseated, parameters: kept };
}

/** The server's own limit, unless it was started with another. */
const STOPS: StopRule = { vendor: "Text Generation Inference", max: 4, takes: /./s };

/** The parameters of a request; each that the server does not have yields a notice. */
export function encodeTgiParameters(chat: ChatRequest, list: NoticeList): JsonObject {
  const { temperature, topP, topK, seed, logprobs } = chat;
  if (topP === 0) list.dropped("top_p", "Text Generation Inference takes only what is above 0.");
  if (topK === 0) list.dropped("top_k", "Text Generation Inference takes only what is above 0.");
  const isSeed = seed !== undefined && seed > 0;
  if (seed !== undefined && !isSeed) {
    list.dropped("seed", "Text Generation Inference takes only seeds above 0.");
  }
  if (logprobs && logprobs.top > MAX_TOP_TOKENS) {
    const reason = `Text Generation Inference tells at most ${MAX_TOP_TOKENS} alternatives.`;
    list.approximated("top_logprobs", reason);
  }
  return withoutAbsent({
    max_new_tokens: chat.maxTokens,
    temperature: temperature === 0 ? undefined : temperature,
    do_sample: temperature === 0 ? false : undefined,
    // 1 is every token, which the server says by leaving it out.
    top_p: topP === 0 || topP === 1 ? undefined : topP,
    top_k: topK === 0 ? undefined : topK,
    stop: takenStops(chat.stop, STOPS, list),
    seed: isSeed ? seed : undefined,
    frequency_penalty: chat.frequencyPenalty,
    top_n_tokens: logprobs && Math.min(Math.max(logprobs.top, 1), MAX_TOP_TOKENS),
    grammar: chat.responseFormat && encodeGrammar(chat.responseFormat, list),
  });
}

function encodeGrammar(format: ResponseFormat, list: NoticeList): JsonObject | undefined {
  switch (format.type) {
    case "text":
      return undefined;
    case "json":
      return { type: "json", value: { type: "object" } };
    case "json-schema":
      if (format.description !== undefined) {
        const reason = "A grammar has no description beside the schema's own.";
        list.dropped("response_format.json_schema.description", reason);
      }
      return { type: "json", value: format.schema };
  }
}

const UNSEATED = {
  tools: "tools",
  toolChoice: "tool_choice",
  parallelToolCalls: "parallel_tool_calls",
  reasoning: "reasoning_effort",
  presencePenalty: "presence_penalty",
  user: "user",
  serviceTier: "service_tier",
} as const satisfies Partial<Record<keyof ChatRequest, string>>;

/** A notice for each member that a server of plain prompts has no words for. */
export function dropUnseated(chat: ChatRequest, list: NoticeList): void {
  let member: keyof typeof UNSEATED;
  for (member in UNSEATED) {
    if (chat[member] === undefined) continue;
    list.dropped(UNSEATED[member], "Text Generation Inference takes a plain prompt.");
  }
  if (chat.choiceCount !== undefined && chat.choiceCount !== 1) {
    list.dropped("n", "Text Generation Inference gives one answer.");
  }
}

/** A model is named only where the client named one: the server has but its own. */
export function patchTgiRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const parameters = isJsonObject(wire.parameters) ? wire.parameters : {};
  const tuning = withoutAbsent({
    max_new_tokens: patch.maxTokens,
    temperature: patch.temperature === 0 ? undefined : patch.temperature,
    do_sample: patch.temperature === 0 ? false : undefined,
    top_p: patch.topP === 0 || patch.topP === 1 ? undefined : patch.topP,
    top_k: patch.topK === 0 ? undefined : patch.topK,
  });
  const changed = Object.keys(tuning).some((key) => parameters[key] !== tuning[key]);
  const changes: JsonObject = {
    ...(patch.model !== undefined && wire.model !== undefined && { model: patch.model }),
    ...(changesStream(wire, patch) && { stream: patch.stream }),
    ...(changed && { parameters: { ...parameters, ...tuning } }),
  };
  return withChanges(wire, changes);
}

const REQUEST_MEMBERS = new Set(["model", "inputs", "parameters", "stream"]);

/** A prompt as it stands: what its words mean to the model is the client's affair. */
export function decodeTgiRequest(wire: JsonObject, format: string): ChatRequest {
  const extra = tgiExtra(wire, REQUEST_MEMBERS);
  return {
    kind: "completion",
    model: optionalString(wire, "model", "") ?? "",
    messages: [
      { role: "user", content: [{ type: "text", text: requiredString(wire, "inputs", "") }] },
    ],
    ...decodeTgiParameters(wire),
    stream: optionalBoolean(wire, "stream", "") ?? false,
    ...(extra && { extra, extraFormat: format }),
  };
}

/** What a request to a server of plain prompts asks for; one of its two paths streams whatever the body says. */
export const tgiIntent: Intent = {
  ...PLAIN_INTENT,
  stream: ({ stream }, path) => stream === true || path.endsWith("/generate_stream"),
  hasPrompt: ({ inputs }) => isFilledText(inputs),
  texts(wire) {
    if (typeof wire.inputs !== "string") return undefined;
    const list = textList();
    list.tell("user", wire.inputs);
    return list.withRest(wire, ["inputs"]);
  },
  members: { prompt: ["inputs"], streaming: ["stream"] },
};
