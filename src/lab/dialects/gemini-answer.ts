import type { JsonObject } from "../json-schema.ts";
import { randomness } from "../randomness.ts";
import { argumentsOf, type Script, type ScriptedCall, type ScriptedUsage } from "../scenario.ts";

/** What of the request decides how an answer is written. */
export interface AnswerFacts {
  /** Members that every chunk repeats. */
  readonly head: JsonObject;
  readonly includeThoughts: boolean;
  readonly topLogprobs: number | undefined;
  /** A proof of thought, for models that give one. */
  readonly signature: string | undefined;
  readonly hasCallIds: boolean;
}

const FINISH = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
} as const satisfies Record<Script["finish"], string>;

const RATINGS = [
  { category: "HARM_CATEGORY_HARASSMENT", probability: "NEGLIGIBLE" },
  { category: "HARM_CATEGORY_DANGEROUS_CONTENT", probability: "NEGLIGIBLE" },
];

/** Gemini declines by not letting the prompt through: there are no candidates then. */
export function blocked(scripts: readonly Script[]): JsonObject | undefined {
  const refused = scripts.some(({ refusal }) => refusal.length > 0);
  if (!refused) return undefined;
  return { promptFeedback: { blockReason: "PROHIBITED_CONTENT", safetyRatings: RATINGS } };
}

export function candidate(script: Script, index: number, facts: AnswerFacts): JsonObject {
  const parts = [
    ...thoughts([script.reasoning.join("")], facts),
    ...text(script.text.join(""), script.calls.length === 0 ? facts.signature : undefined),
    ...script.calls.map((call, at) => functionCall(call, at, facts)),
  ];
  return {
    content: { ...(parts.length > 0 ? { parts } : {}), role: "model" },
    finishReason: FINISH[script.finish],
    index,
    ...scored(script.text, facts),
  };
}

/** A piece a chunk; the signature of a text comes last, with no words of its own. */
export function candidateChunks(
  script: Script,
  index: number,
  facts: AnswerFacts,
): readonly JsonObject[] {
  const saying = (part: JsonObject, more: JsonObject = {}) => ({
    content: { parts: [part], role: "model" },
    index,
    ...more,
  });
  const { signature } = facts;
  const hasCalls = script.calls.length > 0;
  const proof = signature !== undefined && !hasCalls ? { thoughtSignature: signature } : {};
  return [
    ...thoughts(script.reasoning, facts).map((part) => saying(part)),
    ...script.text.map((piece) => saying({ text: piece }, scored([piece], facts))),
    ...script.calls.map((call, at) => saying(functionCall(call, at, facts))),
    saying({ text: "", ...proof }, { finishReason: FINISH[script.finish] }),
  ];
}

function thoughts(pieces: readonly string[], { includeThoughts }: AnswerFacts): JsonObject[] {
  if (!includeThoughts) return [];
  return pieces.filter((piece) => piece !== "").map((piece) => ({ text: piece, thought: true }));
}

function text(words: string, signature: string | undefined): JsonObject[] {
  if (words === "") return [];
  return [{ text: words, ...(signature === undefined ? {} : { thoughtSignature: signature }) }];
}

/** Of calls at once only the first is signed. */
function functionCall(call: ScriptedCall, at: number, facts: AnswerFacts): JsonObject {
  const { signature, hasCallIds } = facts;
  return {
    functionCall: {
      ...(hasCallIds ? { id: call.id.slice(0, 8).toLowerCase() } : {}),
      name: call.name,
      args: argumentsOf(call),
    },
    ...(signature !== undefined && at === 0 ? { thoughtSignature: signature } : {}),
  };
}

/** Made-up but repeatable: the pieces of the answer serve as its tokens. */
function scored(pieces: readonly string[], { topLogprobs }: AnswerFacts): JsonObject {
  if (topLogprobs === undefined || pieces.length === 0) return {};
  const tokens = pieces.map((token) => {
    const random = randomness(0, token);
    const best = { token, tokenId: random.integer(1, 99_999), logProbability: -random.fraction() };
    const others = Array.from({ length: Math.max(0, topLogprobs - 1) }, (_, rank) => ({
      token: random.token(4),
      tokenId: random.integer(1, 99_999),
      logProbability: best.logProbability - rank - 1,
    }));
    return { best, all: topLogprobs > 0 ? [best, ...others] : [] };
  });
  return {
    logprobsResult: {
      chosenCandidates: tokens.map(({ best }) => best),
      topCandidates: tokens.map(({ all }) => ({ candidates: all })),
    },
  };
}

/** Each candidate was played against the same prompt, which is billed once. Zeros are left out. */
export function usageOf(scripts: readonly Script[]): JsonObject {
  const sum = (pick: (usage: ScriptedUsage) => number) =>
    scripts.reduce((total, { usage }) => total + pick(usage), 0);
  const input = scripts[0]?.usage.input ?? 0;
  const cached = scripts[0]?.usage.cached ?? 0;
  const isBlocked = blocked(scripts) !== undefined;
  const thought = isBlocked ? 0 : sum((usage) => usage.reasoning);
  const said = isBlocked ? 0 : sum((usage) => usage.output) - thought;
  return {
    promptTokenCount: input,
    ...(said > 0 ? { candidatesTokenCount: said } : {}),
    totalTokenCount: input + said + thought,
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: input }],
    ...(thought > 0 ? { thoughtsTokenCount: thought } : {}),
  };
}
