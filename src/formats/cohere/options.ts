import type { Json, JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../chat/request.ts";
import {
  changesStream,
  invalidField,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  withChanges,
} from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import { type StopRule, takenStops } from "../stop-words.ts";
import type { RequestPatch } from "../wire-format.ts";

/** The request members that Cohere's APIs share. */
export const COHERE_OPTION_MEMBERS = [
  "model",
  "stream",
  "max_tokens",
  "temperature",
  "p",
  "k",
  "stop_sequences",
  "seed",
  "frequency_penalty",
  "presence_penalty",
] as const;

export function decodeCohereOptions(
  wire: JsonObject,
): Pick<ChatRequest, "model" | "stream"> & Partial<ChatRequest> {
  const maxTokens = optionalInteger(wire, "max_tokens", "");
  const temperature = optionalNumber(wire, "temperature", "");
  const topP = optionalNumber(wire, "p", "");
  const topK = optionalInteger(wire, "k", "");
  const stop = optionalArray(wire, "stop_sequences", "");
  const seed = optionalInteger(wire, "seed", "");
  const frequencyPenalty = optionalNumber(wire, "frequency_penalty", "");
  const presencePenalty = optionalNumber(wire, "presence_penalty", "");
  return {
    model: optionalString(wire, "model", "") ?? "",
    stream: optionalBoolean(wire, "stream", "") ?? false,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop && { stop: stop.map(stopWord) }),
    ...(seed !== undefined && { seed }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
  };
}

function stopWord(value: Json, i: number): string {
  if (typeof value === "string") return value;
  throw invalidField(`stop_sequences[${i}]`, "must be a string");
}

/** The ranges are Cohere's own (https://docs.cohere.com/reference/chat); it refuses what is outside. */
export function encodeCohereOptions(chat: ChatRequest, list: NoticeList): JsonObject {
  const within = (field: string, value: number | undefined, least: number, most: number) => {
    if (value === undefined || (value >= least && value <= most)) return value;
    const nearest = value < least ? least : most;
    list.approximated(field, `Cohere takes ${least} to ${most}: ${nearest} is sent for ${value}.`);
    return nearest;
  };
  if (chat.user !== undefined) list.dropped("user", "Cohere does not take the end user's name.");
  if (chat.serviceTier !== undefined) {
    list.dropped("service_tier", "Cohere has no service tiers.");
  }
  return {
    model: chat.model === "" ? undefined : chat.model,
    stream: chat.stream,
    max_tokens: chat.maxTokens,
    temperature: chat.temperature,
    p: within("top_p", chat.topP, 0.01, 0.99),
    k: within("top_k", chat.topK, 0, 500),
    stop_sequences: takenStops(chat.stop, STOPS, list),
    seed: chat.seed,
    frequency_penalty: within("frequency_penalty", chat.frequencyPenalty, 0, 1),
    presence_penalty: within("presence_penalty", chat.presencePenalty, 0, 1),
  };
}

/** https://docs.cohere.com/reference/chat#request.body.stop_sequences */
const STOPS: StopRule = { vendor: "Cohere", max: 5, takes: /./s };

/** `members` are what an API calls the schema; the first that is there counts. Cohere's schemas have no name. */
export function decodeResponseFormat(wire: JsonObject, members: readonly string[]): ResponseFormat {
  if (wire.type === "text") return { type: "text" };
  if (wire.type !== "json_object") {
    throw invalidField("response_format.type", "must be text or json_object");
  }
  for (const member of members) {
    const schema = optionalObject(wire, member, "response_format");
    if (schema) return { type: "json-schema", name: "response", schema };
  }
  return { type: "json" };
}

export function encodeResponseFormat(
  format: ResponseFormat,
  member: string,
  list: NoticeList,
): JsonObject {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema":
      if (format.description !== undefined) {
        const reason = "Cohere's schemas have no description beside the schema's own.";
        list.dropped("response_format.json_schema.description", reason);
      }
      return { type: "json_object", [member]: format.schema };
  }
}

/** For Cohere's chats, which give one answer. */
export function dropChoiceCount(chat: ChatRequest, list: NoticeList): void {
  if (chat.choiceCount === undefined || chat.choiceCount === 1) return;
  list.dropped("n", "Cohere gives one answer to a chat.");
}

/** Usage is always told, so `includeUsage` changes nothing. */
export function patchCohereRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const changes: JsonObject = {
    ...(patch.model !== undefined && { model: patch.model }),
    ...(patch.maxTokens !== undefined && { max_tokens: patch.maxTokens }),
    ...(patch.temperature !== undefined && { temperature: patch.temperature }),
    ...(patch.topP !== undefined && { p: patch.topP }),
    ...(patch.topK !== undefined && { k: patch.topK }),
    ...(changesStream(wire, patch) && { stream: patch.stream }),
  };
  return withChanges(wire, changes);
}
