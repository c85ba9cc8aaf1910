import { utf8 } from "../http/message.ts";
import type { JsonObject } from "../json.ts";
import { randomness } from "../randomness.ts";

/** Made-up but repeatable log probabilities: the pieces of the answer serve as its tokens. */
export function logprobsOf(
  pieces: readonly string[],
  alternatives: number | undefined,
): JsonObject | null {
  if (alternatives === undefined) return null;
  return { content: pieces.map((piece) => tokenOf(piece, alternatives)), refusal: null };
}

function tokenOf(piece: string, alternatives: number): JsonObject {
  const random = randomness(0, piece);
  const logprob = -random.fraction() / 2;
  const others = Array.from({ length: Math.max(0, alternatives - 1) }, (_, rank) =>
    entry(random.token(4), logprob - rank - 1),
  );
  const best = entry(piece, logprob);
  return { ...best, top_logprobs: alternatives === 0 ? [] : [best, ...others] };
}

function entry(token: string, logprob: number): JsonObject {
  return { token, logprob, bytes: [...utf8(token)] };
}
