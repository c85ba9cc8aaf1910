import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../chat/request.ts";
import { type JsonBesideTools, jsonBesideTools } from "../json-beside-tools.ts";
import { dropCachePoints, dropNames, type NoticeList, noticeList } from "../notice-list.ts";
import { type StopRule, takenStops } from "../stop-words.ts";
import type { EncodedRequest } from "../wire-format.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeSchema } from "./schema.ts";
import { encodeThinking, isGemini3 } from "./thinking.ts";
import { encodeToolConfig, encodeTools, hasOwnMembers } from "./tools.ts";
import { camelKeys, FORMAT_NAME, present } from "./wire.ts";

/** Model and streaming are told by the URL. */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const list = noticeList();
  const { generationConfig, toolConfig, ...extra } = carriedExtra(chat, list);
  const format = formatOf(chat, list);
  const conversation = encodeMessages(chat, format.words, list);
  const config = {
    ...objectOr(generationConfig),
    ...encodeConfig(chat, generationConfig, list),
    ...(format.enforced && encodeResponseFormat(format.enforced, list)),
  };
  const tools = encodeTools(format.tools, list);
  const calling = encodeToolConfig(chat.toolChoice, objectOr(toolConfig), tools, list);
  dropUnsaid(chat, list);
  const wire: JsonObject = {
    ...extra,
    ...conversation,
    ...(tools.length > 0 && { tools }),
    ...(hasOwnMembers(calling) && { toolConfig: calling }),
    ...(hasOwnMembers(config) && { generationConfig: config }),
    ...present("serviceTier", encodeTier(chat.serviceTier, list)),
  };
  return { wire, notices: list.notices };
}

/** "Function calling with a response mime type: 'application/json' is unsupported" before Gemini 3. */
function formatOf(chat: ChatRequest, list: NoticeList): JsonBesideTools {
  if (!isGemini3(chat.model)) return jsonBesideTools(chat, list);
  return { tools: chat.tools ?? [], enforced: chat.responseFormat, words: undefined };
}

function objectOr(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Members of Gemini's own that clients of other dialects put beside theirs. */
const CARRIED = new Set([
  "generationConfig",
  "safetySettings",
  "cachedContent",
  "labels",
  "toolConfig",
]);

function carriedExtra(chat: ChatRequest, list: NoticeList): JsonObject {
  const extra = chat.extra ?? {};
  if (chat.extraFormat === FORMAT_NAME) return extra;
  const carried: Record<string, Json | undefined> = {};
  for (const [field, value] of Object.entries(extra)) {
    if (field === "extra_body") continue;
    const [name = field] = Object.keys(camelKeys({ [field]: value }));
    if (!CARRIED.has(name)) list.dropped(field, "Gemini's API has no such member.");
    else carried[name] = isJsonObject(value) && name !== "labels" ? camelKeys(value) : value;
  }
  return carried;
}

/** What the gateway set wins over what stands in a client's own `generationConfig`. */
function encodeConfig(chat: ChatRequest, own: Json | undefined, list: NoticeList): JsonObject {
  const thinking = chat.reasoning && encodeThinking(chat.reasoning, chat.model, list);
  const given = objectOr(objectOr(own).thinkingConfig);
  return {
    ...present("maxOutputTokens", chat.maxTokens && encodeMaxTokens(chat.maxTokens, list)),
    ...present("temperature", chat.temperature),
    ...present("topP", chat.topP),
    ...present("topK", chat.topK),
    ...present("stopSequences", takenStops(chat.stop, STOPS, list)),
    ...present("seed", chat.seed === undefined ? undefined : encodeSeed(chat.seed, list)),
    ...present("presencePenalty", chat.presencePenalty),
    ...present("frequencyPenalty", chat.frequencyPenalty),
    ...present("candidateCount", chat.choiceCount),
    ...(chat.logprobs && { responseLogprobs: true }),
    ...(chat.logprobs && chat.logprobs.top > 0 && { logprobs: chat.logprobs.top }),
    ...(hasOwnMembers(thinking) && { thinkingConfig: mergedThinking(given, thinking) }),
  };
}

/** A level and a budget are not taken together: the one that was asked for replaces the other. */
function mergedThinking(given: JsonObject, asked: JsonObject): JsonObject {
  const own = camelKeys(given);
  if (asked.thinkingBudget === undefined && asked.thinkingLevel === undefined) {
    return { ...own, ...asked };
  }
  const { thinkingBudget: _budget, thinkingLevel: _level, ...rest } = own;
  return { ...rest, ...asked };
}

/** https://ai.google.dev/gemini-api/docs/models: no model writes more. */
const MAX_OUTPUT_TOKENS = 65_536;

function encodeMaxTokens(tokens: number, list: NoticeList): number {
  if (tokens <= MAX_OUTPUT_TOKENS) return tokens;
  list.approximated("max_tokens", `Gemini takes at most ${MAX_OUTPUT_TOKENS}.`);
  return MAX_OUTPUT_TOKENS;
}

/** https://ai.google.dev/api/generate-content#generationconfig */
const STOPS: StopRule = { vendor: "Gemini", max: 5, takes: /./s };

/** Gemini's seeds are 32-bit integers. */
function encodeSeed(seed: number, list: NoticeList): number {
  const short = seed | 0;
  if (short !== seed) list.approximated("seed", `Gemini's seeds have 32 bits: ${short}.`);
  return short;
}

/** A schema's name is a label; Gemini has none, and follows any schema strictly. */
function encodeResponseFormat(format: ResponseFormat, list: NoticeList): JsonObject {
  switch (format.type) {
    case "text":
      return { responseMimeType: "text/plain" };
    case "json":
      return { responseMimeType: "application/json" };
    case "json-schema": {
      const { schema, description } = format;
      const described =
        schema.description === undefined
          ? { ...schema, ...present("description", description) }
          : schema;
      const seat = encodeSchema(described, "response_format.json_schema.schema", list);
      return {
        responseMimeType: "application/json",
        ...(seat &&
          ("openApi" in seat
            ? { responseSchema: seat.openApi }
            : { responseJsonSchema: seat.json })),
      };
    }
  }
}

/** https://ai.google.dev/gemini-api/docs/flex-inference; `auto` is OpenAI's word for no preference. */
const TIERS: Readonly<Record<string, string>> = {
  default: "standard",
  standard: "standard",
  flex: "flex",
  priority: "priority",
};

function encodeTier(tier: string | undefined, list: NoticeList): string | undefined {
  if (tier === undefined || tier === "auto") return undefined;
  const known = TIERS[tier.toLowerCase()];
  if (known === undefined) list.dropped("service_tier", `Gemini has no tier ${tier}.`);
  return known;
}

function dropUnsaid(chat: ChatRequest, list: NoticeList): void {
  dropNames(chat.messages, list);
  dropCachePoints(chat.messages, chat.tools ?? [], list);
  if (chat.user !== undefined) list.dropped("user", "Gemini's API does not name the end user.");
  if (chat.parallelToolCalls === false) {
    list.dropped(
      "parallel_tool_calls",
      "Gemini cannot be kept from calling several tools at once.",
    );
  }
}
