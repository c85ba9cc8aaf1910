import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest } from "../../chat/request.ts";
import {
  changesStream,
  invalidField,
  isJsonArray,
  membersBeside,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  withChanges,
} from "../fields.ts";
import type { RequestPatch } from "../wire-format.ts";

/** The request members that OpenAI's Chat Completions and Completions share. */
export const OPTION_MEMBERS = [
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "n",
  "user",
  "stream",
  "stream_options",
] as const;

export type Options = Pick<
  ChatRequest,
  | "maxTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "stop"
  | "seed"
  | "presencePenalty"
  | "frequencyPenalty"
  | "choiceCount"
  | "user"
  | "stream"
  | "includeUsage"
>;

export function decodeOptions(wire: JsonObject): Options {
  const streamOptions = optionalObject(wire, "stream_options", "") ?? {};
  const newLimit = optionalInteger(wire, "max_completion_tokens", "");
  const limit = optionalInteger(wire, "max_tokens", "");
  const options: OptionsDraft = { stream: optionalBoolean(wire, "stream", "") ?? false };
  seat(options, "maxTokens", newLimit ?? limit);
  seat(options, "temperature", optionalNumber(wire, "temperature", ""));
  seat(options, "topP", optionalNumber(wire, "top_p", ""));
  seat(options, "topK", optionalNumber(wire, "top_k", ""));
  seat(options, "stop", decodeStop(wire.stop));
  seat(options, "seed", optionalInteger(wire, "seed", ""));
  seat(options, "presencePenalty", optionalNumber(wire, "presence_penalty", ""));
  seat(options, "frequencyPenalty", optionalNumber(wire, "frequency_penalty", ""));
  seat(options, "choiceCount", optionalInteger(wire, "n", ""));
  seat(options, "user", optionalString(wire, "user", ""));
  const includeUsage = optionalBoolean(streamOptions, "include_usage", "stream_options");
  seat(options, "includeUsage", includeUsage);
  return options;
}

type OptionsDraft = { -readonly [Name in keyof Options]: Options[Name] };

/** Written one by one: an object spread for each took ten times as long. */
function seat<Name extends keyof Options>(
  options: OptionsDraft,
  name: Name,
  value: Options[Name] | undefined,
): void {
  if (value !== undefined) options[name] = value;
}

/** The member, when there is a value for it. */
export function seated<Name extends keyof ChatRequest>(
  name: Name,
  value: ChatRequest[Name] | undefined,
): { readonly [N in Name]?: Exclude<ChatRequest[N], undefined> } {
  if (value === undefined) return {};
  return { [name]: value } as { readonly [N in Name]: Exclude<ChatRequest[N], undefined> };
}

function decodeStop(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return [value];
  if (!isJsonArray(value)) throw invalidField("stop", "must be a string or an array of strings");
  return value.map((word, i) => {
    if (typeof word === "string") return word;
    throw invalidField(`stop[${i}]`, "must be a string");
  });
}

/** What stands in `stream_options` beside the seated member. */
export function extraStreamOptions(wire: JsonObject): JsonObject | undefined {
  const options = wire.stream_options;
  return isJsonObject(options) ? membersBeside(options, INCLUDE_USAGE) : undefined;
}

const INCLUDE_USAGE = new Set(["include_usage"]);

/**
 * The token limit is written as `max_tokens`, which every compatible server takes; a provider that
 * wants `max_completion_tokens` renames it.
 */
export function encodeOptions(options: Options, extra: JsonObject | undefined): JsonObject {
  const kept = isJsonObject(extra?.stream_options) ? extra.stream_options : undefined;
  const { includeUsage } = options;
  return {
    max_tokens: options.maxTokens,
    temperature: options.temperature,
    top_p: options.topP,
    top_k: options.topK,
    stop: options.stop,
    seed: options.seed,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    n: options.choiceCount,
    user: options.user,
    stream: options.stream,
    stream_options: includeUsage === undefined ? kept : { ...kept, include_usage: includeUsage },
  };
}

export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const changes: Record<string, Json | undefined> = {};
  if (patch.model !== undefined) changes.model = patch.model;
  if (patch.maxTokens !== undefined) setMaxTokens(wire, patch.maxTokens, changes);
  if (patch.temperature !== undefined) changes.temperature = patch.temperature;
  if (patch.topP !== undefined) changes.top_p = patch.topP;
  if (patch.topK !== undefined) changes.top_k = patch.topK;
  if (changesStream(wire, patch)) changes.stream = patch.stream;
  if (patch.includeUsage !== undefined) {
    const options = isJsonObject(wire.stream_options) ? wire.stream_options : {};
    if ((options.include_usage === true) !== patch.includeUsage) {
      changes.stream_options = { ...options, include_usage: patch.includeUsage };
    }
  }
  return withChanges(wire, changes);
}

/** Under the names the client used; `max_tokens` where it used none. */
function setMaxTokens(wire: JsonObject, limit: number, changes: Record<string, Json | undefined>) {
  const hasNew = isSaid(wire.max_completion_tokens);
  if (hasNew) changes.max_completion_tokens = limit;
  if (!hasNew || isSaid(wire.max_tokens)) changes.max_tokens = limit;
}

function isSaid(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}
