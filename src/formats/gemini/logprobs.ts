import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";

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
