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

/**
 * https://ai.google.dev/api/generate-content#LogprobsResult, as the list of tokens that OpenAI has:
 * each with the alternatives there were in its place.
 */
export function decodeLogprobs(wire: Json | undefined): readonly Json[] | undefined {
  if (!isJsonObject(wire) || !Array.isArray(wire.chosenCandidates)) return undefined;
  const tops: readonly Json[] = Array.isArray(wire.topCandidates) ? wire.topCandidates : [];
  const tokens = wire.chosenCandidates.map((chosen: Json, i: number) => {
    const top = tops[i];
    const others = isJsonObject(top) && Array.isArray(top.candidates) ? top.candidates : [];
    return { ...tokenOf(chosen), top_logprobs: others.map(tokenOf) };
  });
  return tokens.length > 0 ? tokens : undefined;
}

function tokenOf(wire: Json): JsonObject {
  const { token, logProbability } = isJsonObject(wire) ? wire : {};
  return {
    token: typeof token === "string" ? token : "",
    logprob: typeof logProbability === "number" ? logProbability : 0,
    bytes: null,
  };
}

export function encodeLogprobs(tokens: readonly Json[]): JsonObject {
  const listed = tokens.filter(isJsonObject);
  return {
    chosenCandidates: listed.map(candidateOf),
    topCandidates: listed.map(({ top_logprobs: top }) => ({
      candidates: Array.isArray(top) ? top.filter(isJsonObject).map(candidateOf) : [],
    })),
  };
}

function candidateOf({ token, logprob }: JsonObject): JsonObject {
  return { token: token ?? "", logProbability: logprob ?? 0 };
}

/**
 * What a model's part says in text. Code that it ran, what came of it, pictures that it drew and
 * sounds that it made have no seat of their own in an answer: they become Markdown, so that nothing
 * is lost.
 */
export function proseOf(part: JsonObject): string {
  const { text, inlineData, fileData, executableCode, codeExecutionResult } = part;
  if (typeof text === "string") return text;
  if (isJsonObject(inlineData)) {
    const type = word(inlineData.mimeType);
    return link(type, `data:${type};base64,${word(inlineData.data)}`);
  }
  if (isJsonObject(fileData)) return link(word(fileData.mimeType), word(fileData.fileUri));
  if (isJsonObject(executableCode)) {
    return fence(word(executableCode.language).toLowerCase(), word(executableCode.code));
  }
  if (isJsonObject(codeExecutionResult)) return fence("", word(codeExecutionResult.output));
  return "";
}

/**
 * What Google's own tools were asked and what they said, as the JSON it is: part of how an answer
 * came about, not of the answer. Empty for any other part.
 */
export function traceOf({ toolCall, toolResponse }: JsonObject): string {
  if (isJsonObject(toolCall)) return fence("json", JSON.stringify({ toolCall }));
  if (isJsonObject(toolResponse)) return fence("json", JSON.stringify({ toolResponse }));
  return "";
}

/** A picture is shown; what is none can only be pointed to. A file that says nothing of its type may be one. */
function link(mimeType: string, url: string): string {
  const [kind = ""] = mimeType.split("/");
  return kind === "image" || kind === "" ? `![](${url})` : `[${kind}](${url})`;
}

function fence(language: string, code: string): string {
  const end = code.endsWith("\n") ? "" : "\n";
  return `\n\`\`\`${language}\n${code}${end}\`\`\`\n`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}
