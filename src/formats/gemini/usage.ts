import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Usage } from "../../chat/usage.ts";
import { present } from "./wire.ts";

/**
 * https://ai.google.dev/api/generate-content#UsageMetadata. Thoughts are not part of the
 * candidates' count, nor tool results of the prompt's; cached tokens are part of the prompt's.
 */
export function decodeUsage(wire: JsonObject): Usage {
  const thoughts = count(wire.thoughtsTokenCount);
  const cached = count(wire.cachedContentTokenCount);
  const promptAudio = audioTokens(wire.promptTokensDetails);
  const completionAudio = audioTokens(wire.candidatesTokensDetails);
  const promptTokens =
    (count(wire.promptTokenCount) ?? 0) + (count(wire.toolUsePromptTokenCount) ?? 0);
  const completionTokens = (count(wire.candidatesTokenCount) ?? 0) + (thoughts ?? 0);
  const totalTokens = count(wire.totalTokenCount) ?? promptTokens + completionTokens;
  const tier = wire.serviceTier ?? wire.trafficType;
  // Every chunk of a stream has one: no spreads here.
  const usage: { -readonly [Name in keyof Usage]: Usage[Name] } = {
    promptTokens,
    completionTokens,
    totalTokens,
  };
  if (cached !== undefined) usage.cachedTokens = cached;
  if (thoughts !== undefined) usage.reasoningTokens = thoughts;
  if (promptAudio !== undefined) usage.promptAudioTokens = promptAudio;
  if (completionAudio !== undefined) usage.completionAudioTokens = completionAudio;
  if (typeof tier === "string") usage.serviceTier = tier;
  return usage;
}

export function encodeUsage(usage: Usage): JsonObject {
  const { promptTokens, completionTokens, reasoningTokens, serviceTier } = usage;
  return {
    promptTokenCount: promptTokens,
    candidatesTokenCount: Math.max(0, completionTokens - (reasoningTokens ?? 0)),
    totalTokenCount: usage.totalTokens,
    ...present("cachedContentTokenCount", usage.cachedTokens),
    ...present("thoughtsTokenCount", reasoningTokens),
    ...present("promptTokensDetails", details(promptTokens, usage.promptAudioTokens)),
    ...present("candidatesTokensDetails", details(completionTokens, usage.completionAudioTokens)),
    ...present("serviceTier", serviceTier),
  };
}

function audioTokens(details: Json | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const audio = details.filter(isJsonObject).find(({ modality }) => modality === "AUDIO");
  return audio && count(audio.tokenCount);
}

function details(all: number, audio: number | undefined): readonly JsonObject[] | undefined {
  if (audio === undefined) return undefined;
  return [
    { modality: "TEXT", tokenCount: Math.max(0, all - audio) },
    { modality: "AUDIO", tokenCount: audio },
  ];
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
