import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import { type CacheMarks, withinCacheLimits } from "../../claude/cache-limits.ts";
import { type ClaudeTraits, claudeTraits } from "../../claude/models.ts";
import { invalidField } from "../../fields.ts";
import { isPath } from "../../leftovers.ts";
import { type NoticeList, noticeList, ownExtra } from "../../notice-list.ts";
import { type StopRule, takenStops } from "../../stop-words.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeReasoning } from "./encode-reasoning.ts";
import { nativeSchema } from "./native-schema.ts";
import { encodeToolChoice, encodeTools, inputSchema } from "./tools.ts";
import { FORMAT_NAME, JSON_TOOL } from "./wire.ts";

/**
 * https://platform.claude.com/docs/en/api/messages/create. What the model's generation does not take
 * is left out, each with a notice; what would change the question is refused with `invalid_request`.
 */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  if (chat.choiceCount !== undefined && chat.choiceCount !== 1) {
    throw invalidField("n", "must be 1: Anthropic gives one answer");
  }
  const traits = claudeTraits(chat.model);
  const extra = topLevelExtra(chat, list);
  const json = jsonOutput(chat, traits, list);
  const conversation = encodeMessages(chat.messages, traits, list);
  const tools = toolMembers(chat, json, traits, list);
  const reasoning = encodeReasoning(chat, traits, isForced(tools.tool_choice), list);
  const output = outputConfig(json, reasoning.effort, extra?.output_config);
  const thinks = reasoning.thinking !== undefined && traits.thinking === "budget";
  dropUnseated(chat, list);
  const wire = {
    ...extra,
    ...(chat.model !== "" && { model: chat.model }),
    ...withInstruction(conversation.system, json),
    messages: conversation.messages,
    max_tokens: reasoning.maxTokens,
    ...tools,
    ...(reasoning.thinking && { thinking: reasoning.thinking }),
    ...(output && { output_config: output }),
    ...encodeSampling(chat, traits, thinks && reasoning.thinking?.type === "enabled", list),
    ...metadataOf(chat, extra?.metadata),
    ...serviceTier(chat.serviceTier, list),
    stream: chat.stream,
  };
  return { wire: withinCacheLimits(wire, CACHE_MARKS, list), notices: list.notices };
}

const CACHE_MARKS: CacheMarks = {
  members: ["tools", "system", "messages"],
  markOf: ({ cache_control: mark }) => (isJsonObject(mark) ? mark : undefined),
  marked: ({ cache_control: _, ...block }, mark) => ({
    ...block,
    ...(mark && { cache_control: mark }),
  }),
};

/** What stood inside a client's blocks of this dialect has lost its place. */
function topLevelExtra(chat: ChatRequest, list: NoticeList): JsonObject | undefined {
  const extra = ownExtra(chat, FORMAT_NAME, list);
  if (!extra) return undefined;
  const entries = Object.entries(extra).filter(([name]) => {
    if (isPath(name)) list.dropped(name, "Its place is lost when the request is written anew.");
    return !isPath(name);
  });
  return Object.fromEntries(entries);
}

function toolMembers(
  chat: ChatRequest,
  json: JsonOutput | undefined,
  traits: ClaudeTraits,
  list: NoticeList,
): { readonly tools?: readonly JsonObject[]; readonly tool_choice?: JsonObject } {
  const tools = encodeTools(chat, traits, list);
  if (json?.by === "tool") {
    const isIdle = tools.length === 0 || chat.toolChoice?.type === "none";
    return { tools: [...tools, json.tool], tool_choice: jsonToolChoice(!isIdle) };
  }
  const tool_choice = encodeToolChoice(chat, tools.length > 0, traits, list);
  return { ...(chat.tools && { tools }), ...(tool_choice && { tool_choice }) };
}

function isForced(choice: JsonObject | undefined): boolean {
  return choice?.type === "any" || choice?.type === "tool";
}

function outputConfig(
  json: JsonOutput | undefined,
  effort: string | undefined,
  own: Json | undefined,
): JsonObject | undefined {
  const config = {
    ...(isJsonObject(own) && own),
    ...(json?.by === "format" && { format: json.format }),
    ...(effort !== undefined && { effort }),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

function withInstruction(system: Json | undefined, json: JsonOutput | undefined): JsonObject {
  if (json?.by !== "prompt") return system === undefined ? {} : { system };
  const instruction = { type: "text", text: json.text };
  if (system === undefined) return { system: json.text };
  const before = Array.isArray(system) ? system : [{ type: "text", text: system }];
  return { system: [...before, instruction] };
}

function metadataOf({ user }: ChatRequest, own: Json | undefined): JsonObject {
  const metadata = { ...(isJsonObject(own) && own), ...(user !== undefined && { user_id: user }) };
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}

/** https://platform.claude.com/docs/en/api/service-tiers */
function serviceTier(tier: string | undefined, list: NoticeList): JsonObject {
  switch (tier) {
    case undefined:
      return {};
    case "auto":
      return { service_tier: "auto" };
    case "default":
    case "standard_only":
      return { service_tier: "standard_only" };
    case "priority":
      list.approximated("service_tier", "Anthropic uses priority capacity where there is some.");
      return { service_tier: "auto" };
  }
  list.dropped("service_tier", `Anthropic has no tier ${tier}.`);
  return {};
}

function dropUnseated(chat: ChatRequest, list: NoticeList): void {
  const unseated: Readonly<Record<string, unknown>> = {
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logprobs: chat.logprobs,
  };
  for (const field in unseated) {
    if (unseated[field] !== undefined) list.dropped(field, "Anthropic has no such member.");
  }
}

/** With a budget of thinking the API takes only top_p, and not a low one. */
const MIN_TOP_P_THINKING = 0.95;

/** https://platform.claude.com/docs/en/api/messages/create: temperature, top_p, top_k and stops. */
export function encodeSampling(
  chat: ChatRequest,
  traits: ClaudeTraits,
  thinks: boolean,
  list: NoticeList,
): JsonObject {
  const obstacle = traits.rejectsSampling
    ? "This model takes no sampling parameters."
    : thinks
      ? "This model takes it only when it does not think."
      : undefined;
  const members: Record<string, number | readonly string[]> = {};
  const { temperature, topP, topK } = chat;
  if (temperature !== undefined) {
    if (obstacle === undefined) members["temperature"] = clamped(temperature, list);
    else if (temperature !== 1) list.dropped("temperature", obstacle);
  }
  if (topP !== undefined) {
    const reason = topPObstacle(topP, chat, traits, thinks);
    if (reason === undefined) members["top_p"] = topP;
    else list.dropped("top_p", reason);
  }
  if (topK !== undefined) {
    if (obstacle === undefined) members["top_k"] = topK;
    else list.dropped("top_k", obstacle);
  }
  const stops = takenStops(chat.stop, STOPS, list);
  if (stops) members["stop_sequences"] = stops;
  return members;
}

/** OpenAI's range ends at 2, Anthropic's at 1. */
function clamped(temperature: number, list: NoticeList): number {
  if (temperature <= 1) return temperature;
  list.approximated(
    "temperature",
    `Anthropic's temperature ends at 1, so ${temperature} becomes 1.`,
  );
  return 1;
}

function topPObstacle(
  topP: number,
  { temperature }: ChatRequest,
  traits: ClaudeTraits,
  thinks: boolean,
): string | undefined {
  if (traits.rejectsSampling) return "This model takes no sampling parameters.";
  if (thinks && topP < MIN_TOP_P_THINKING) {
    return `This model takes no top_p below ${MIN_TOP_P_THINKING} when it thinks.`;
  }
  if (traits.rejectsCombinedSampling && !thinks && temperature !== undefined) {
    return "This model takes temperature or top_p, not both.";
  }
  return undefined;
}

/** The API refuses a sequence of white space. */
const STOPS: StopRule = { vendor: "Anthropic", max: Number.POSITIVE_INFINITY, takes: /\S/ };

/** How a JSON answer is asked for. */
export type JsonOutput =
  | { readonly by: "format"; readonly format: JsonObject }
  | { readonly by: "tool"; readonly tool: JsonObject }
  | { readonly by: "prompt"; readonly text: string };

const ANY_OBJECT: JsonObject = { type: "object", additionalProperties: true };

/**
 * Structured output where the model has it. Elsewhere, and for JSON of no schema, a tool whose
 * input is the answer, which the decoder unwraps; or plain words where no tool can be forced.
 */
export function jsonOutput(
  chat: ChatRequest,
  traits: ClaudeTraits,
  list: NoticeList,
): JsonOutput | undefined {
  const { responseFormat } = chat;
  if (!responseFormat || responseFormat.type === "text") return undefined;
  if (responseFormat.type === "json-schema" && traits.structuredOutput) {
    return { by: "format", format: nativeFormat(responseFormat, list) };
  }
  const chosen = chat.toolChoice?.type;
  if (!traits.forcedTools || chosen === "tool" || !isOfObjects(responseFormat)) {
    list.approximated("response_format", "The model is told in words to answer with JSON.");
    return { by: "prompt", text: instruction(responseFormat) };
  }
  list.approximated(
    "response_format",
    `The answer is asked for as input of the tool ${JSON_TOOL}.`,
  );
  return { by: "tool", tool: jsonTool(responseFormat, list) };
}

/** A tool's input is an object. */
function isOfObjects(format: ResponseFormat): boolean {
  if (format.type !== "json-schema") return true;
  return [format.schema.type ?? "object"].flat().includes("object");
}

function instruction(format: ResponseFormat): string {
  if (format.type !== "json-schema") return "Answer with one JSON object and nothing else.";
  return `Answer with JSON by this schema and nothing else: ${JSON.stringify(format.schema)}`;
}

function nativeFormat(
  format: Extract<ResponseFormat, { type: "json-schema" }>,
  list: NoticeList,
): JsonObject {
  const at = "response_format.json_schema";
  if (format.description !== undefined) {
    list.dropped(`${at}.description`, "Anthropic's output format has no description.");
  }
  const schema = nativeSchema(format.schema);
  if (schema !== format.schema) {
    const reason =
      "Objects are closed, and bounds Anthropic does not enforce stand in descriptions.";
    list.approximated(`${at}.schema`, reason);
  }
  return { type: "json_schema", schema };
}

function jsonTool(format: Exclude<ResponseFormat, { type: "text" }>, list: NoticeList): JsonObject {
  const description = "Gives the answer. Call it once, with the whole answer as its input.";
  if (format.type === "json") return { name: JSON_TOOL, description, input_schema: ANY_OBJECT };
  const told =
    format.description === undefined ? description : `${description} ${format.description}`;
  const schema = inputSchema(format.schema, "response_format.json_schema.schema", list);
  return { name: JSON_TOOL, description: told, input_schema: schema };
}

/** With tools of the client's own beside it, the model must call one or the other. */
export function jsonToolChoice(hasOtherTools: boolean): JsonObject {
  const choice = hasOtherTools ? { type: "any" } : { type: "tool", name: JSON_TOOL };
  return { ...choice, disable_parallel_tool_use: true };
}
