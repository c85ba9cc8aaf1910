import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { type CacheMarks, withinCacheLimits } from "../claude/cache-limits.ts";
import { withoutAbsent } from "../fields.ts";
import { type NoticeList, noticeList } from "../notice-list.ts";
import { type StopRule, takenStops } from "../stop-words.ts";
import type { EncodedRequest } from "../wire-format.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeReasoning } from "./encode-reasoning.ts";
import { encodeSerialTools, encodeToolConfig, forcesTool } from "./encode-tools.ts";
import { type Family, familyOf } from "./families.ts";
import { fileState } from "./media-types.ts";
import { encodeResponseFormat } from "./structured-output.ts";
import { FORMAT_NAME, OWN_MEMBERS } from "./wire.ts";

/** Throws `invalid_request` for files by URL and for tool calls whose arguments are not JSON. */
export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const notices = noticeList();
  const family = familyOf(chat.model);
  const said = ownMembers(chat, notices);
  const output = encodeResponseFormat(chat, family, notices);
  const forced = family.forcedTools && forcesTool(chat, output.tool);
  const reasoning = encodeReasoning(chat, family, forced, notices);
  const sampling = { family, thinks: reasoning.thinks };
  const { system, messages } = encodeMessages(chat.messages, fileState(family, notices));
  const toolConfig = encodeToolConfig(chat, { family, outputTool: output.tool }, notices);
  const fields = {
    ...encodeTopK(chat.topK, sampling, notices),
    ...reasoning.fields,
    ...encodeSerialTools(chat, toolConfig, family, notices),
  };
  const outputConfig = { textFormat: output.textFormat, effort: reasoning.effort };
  noteUnseated(chat, notices);
  const wire = withoutAbsent({
    ...said.members,
    messages,
    system: system.length > 0 ? system : undefined,
    inferenceConfig: encodeInference(chat, sampling, notices),
    toolConfig: merged(toolConfig, said.toolConfig),
    additionalModelRequestFields: merged(fields, said.fields),
    outputConfig: merged(withoutAbsent(outputConfig), undefined),
    serviceTier: encodeServiceTier(chat.serviceTier, notices),
  });
  return { wire: withinCacheLimits(wire, CACHE_MARKS, notices), notices: notices.notices };
}

const CACHE_MARKS: CacheMarks = {
  members: ["toolConfig", "system", "messages"],
  markOf: ({ cachePoint }) => (isJsonObject(cachePoint) ? cachePoint : undefined),
  marked: (_, cachePoint) => cachePoint && { cachePoint },
};

/** What the client wrote for Bedrock itself wins over what was made of its other members. */
function merged(
  made: JsonObject | undefined,
  said: JsonObject | undefined,
): JsonObject | undefined {
  const both: Record<string, Json | undefined> = { ...made, ...said };
  for (const key in said) {
    const below = made?.[key];
    const above = said[key];
    if (isJsonObject(below) && isJsonObject(above)) both[key] = { ...below, ...above };
  }
  return Object.keys(both).length > 0 ? both : undefined;
}

interface OwnMembers {
  readonly members: JsonObject;
  readonly fields: JsonObject | undefined;
  readonly toolConfig: JsonObject | undefined;
}

/**
 * Converse's members among the client's extra ones, and the reference's older `bedrock` object with
 * `toolConfig` and `additionalModelRequestFields` in it.
 */
function ownMembers(chat: ChatRequest, notices: NoticeList): OwnMembers {
  const members: Record<string, Json> = {};
  let fields: JsonObject | undefined;
  let toolConfig: JsonObject | undefined;
  for (const [field, value] of Object.entries(chat.extra ?? {})) {
    if (value === undefined || field === "extra_body") continue;
    if (OWN_MEMBERS.has(field)) members[field] = value;
    else if (field === "additionalModelRequestFields") fields = { ...fields, ...plain(value) };
    else if (field === "bedrock" && isJsonObject(plain(value))) {
      const older = plain(value) ?? {};
      toolConfig = plain(older.toolConfig);
      fields = { ...fields, ...plain(older.additionalModelRequestFields) };
    } else if (chat.extraFormat === FORMAT_NAME && !field.includes(".")) members[field] = value;
    else notices.dropped(field, "Converse has no such member.");
  }
  return { members, fields, toolConfig };
}

/** The reference's users write these objects within a list of one. */
function plain(value: Json | undefined): JsonObject | undefined {
  const inner = Array.isArray(value) ? value[0] : value;
  return isJsonObject(inner) ? inner : undefined;
}

function noteUnseated(chat: ChatRequest, notices: NoticeList): void {
  const none = (field: string) => notices.dropped(field, "Converse has no such parameter.");
  if (chat.seed !== undefined) none("seed");
  if (chat.presencePenalty) none("presence_penalty");
  if (chat.frequencyPenalty) none("frequency_penalty");
  if (chat.logprobs) none("logprobs");
  if (chat.user !== undefined) none("user");
  if (chat.choiceCount !== undefined && chat.choiceCount > 1) {
    notices.dropped("n", "Converse gives one answer.");
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
const TIERS = new Set(["default", "flex", "priority", "reserved"]);

function encodeServiceTier(tier: string | undefined, notices: NoticeList): JsonObject | undefined {
  if (tier === undefined || tier === "auto") return undefined;
  if (TIERS.has(tier)) return { type: tier };
  notices.dropped("service_tier", `Bedrock has no tier ${tier}.`);
  return undefined;
}

/** Whom the parameters are for; `thinks`: Claude does. */
export interface Sampling {
  readonly family: Family;
  readonly thinks: boolean;
}

/** `inferenceConfig`, or undefined when it says nothing. */
export function encodeInference(
  chat: ChatRequest,
  sampling: Sampling,
  notices: NoticeList,
): JsonObject | undefined {
  const temperature = encodeTemperature(chat.temperature, sampling, notices);
  const config = withoutAbsent({
    maxTokens: chat.maxTokens,
    temperature,
    topP: encodeTopP(chat.topP, temperature, sampling, notices),
    stopSequences: takenStops(chat.stop, stopRule(sampling.family), notices),
  });
  return Object.keys(config).length > 0 ? config : undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html */
const MAX_STOPS = 2500;

function stopRule({ stops: takes }: Family): StopRule {
  return { vendor: "The model", max: MAX_STOPS, takes };
}

const THINKS = "Claude takes none while it thinks.";
const REJECTS = "The model takes no sampling parameters.";

function encodeTemperature(
  temperature: number | undefined,
  { family, thinks }: Sampling,
  notices: NoticeList,
): number | undefined {
  if (temperature === undefined) return undefined;
  if (family.claude?.rejectsSampling || (thinks && temperature !== 1)) {
    notices.dropped("temperature", family.claude?.rejectsSampling ? REJECTS : THINKS);
    return undefined;
  }
  if (temperature <= 1) return temperature;
  notices.approximated("temperature", "Converse takes at most 1.");
  return 1;
}

/** https://docs.claude.com/en/docs/build-with-claude/extended-thinking: only the last twentieth may be cut. */
const LEAST_TOP_P = 0.95;

function encodeTopP(
  topP: number | undefined,
  temperature: number | undefined,
  { family, thinks }: Sampling,
  notices: NoticeList,
): number | undefined {
  if (topP === undefined) return undefined;
  if (family.claude?.rejectsSampling || (thinks && topP < LEAST_TOP_P)) {
    notices.dropped("top_p", family.claude?.rejectsSampling ? REJECTS : THINKS);
    return undefined;
  }
  if (family.oneSampler && temperature !== undefined) {
    notices.dropped("top_p", "The model takes temperature or top_p, not both.");
    return undefined;
  }
  return topP;
}

/** For `additionalModelRequestFields`. */
export function encodeTopK(
  topK: number | undefined,
  { family, thinks }: Sampling,
  notices: NoticeList,
): JsonObject {
  if (topK === undefined) return {};
  if (family.claude?.rejectsSampling || thinks) {
    notices.dropped("top_k", family.claude?.rejectsSampling ? REJECTS : THINKS);
    return {};
  }
  switch (family.topK) {
    case "top_k":
      return { top_k: topK };
    case "k":
      return { k: topK };
    case "inferenceConfig.topK":
      return { inferenceConfig: { topK } };
    case undefined:
      notices.dropped("top_k", "The model has no such parameter.");
      return {};
  }
}
