import type { Embedder } from "../../embeddings/embedder.ts";
import type { KeptEntry, VectorStore } from "../../vectors/vector-store.ts";
import type { Difference } from "../../vectors/verify/difference.ts";
import { sameQuestion } from "../../vectors/verify/same-question.ts";
import { type KeptAnswer, MAX_KEPT_LENGTH, readKept, writeKept } from "./kept-answer.ts";
import type { SemanticCacheOptions } from "./options.ts";
import { keyOf } from "./partition.ts";
import type { Question } from "./question.ts";
import type { Rules } from "./rules.ts";

export interface CacheSource {
  readonly store: VectorStore;
  readonly embedder: Embedder;
  readonly options: Pick<SemanticCacheOptions, "exact_caching">;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A question on its way through the cache. */
export interface Look {
  readonly question: Question;
  readonly partition: string;
  readonly key: string;
  readonly rules: Rules;
  /** Once it was asked for. */
  vector?: Float32Array;
  /** Milliseconds that the vector took. */
  embeddingMs?: number;
}

/** What is there under a question, or near it. */
export interface Hit {
  readonly key: string;
  readonly kept: KeptAnswer;
  readonly ageSeconds: number;
  readonly leftSeconds: number;
  /** 0 for the very same question. */
  readonly distance: number;
}

/** A question that is near in meaning, whose answer the words speak against. */
export interface Refusal {
  readonly key: string;
  readonly distance: number;
  readonly reason: Difference;
}

export interface Found {
  readonly hit?: Hit;
  /** Those that were nearer than the hit, or than none. */
  readonly refusals: readonly Refusal[];
}

/** How many of the nearest the words are held against: one question may stand there in several forms. */
const VERIFIED = 5;

/** Answers under their questions, to be had by the same question or by one that is near it. */
export function answerCache({ store, embedder, options, nowMs }: CacheSource) {
  async function embed(look: Look): Promise<Float32Array> {
    if (look.vector) return look.vector;
    const { vectors, latencyMs } = await embedder.embed([look.question.text]);
    const [vector] = vectors;
    if (!vector) throw new Error("the embedding model gave no vector");
    look.embeddingMs = latencyMs;
    look.vector = vector;
    return vector;
  }

  /** What is kept by somebody else under this key is none of the caller's. */
  function hitOf(entry: KeptEntry | undefined, look: Look, maxAge: number, distance = 0) {
    if (entry?.partition !== look.partition) return undefined;
    const kept = readKept(entry.value);
    const ageSeconds = Math.max(0, Math.floor((nowMs() - entry.storedAtMs) / 1000));
    if (!kept || ageSeconds > maxAge) return undefined;
    const leftMs = (entry.expiresAtMs ?? Number.POSITIVE_INFINITY) - nowMs();
    if (leftMs <= 0) return undefined;
    const { key } = entry;
    return { key, kept, ageSeconds, leftSeconds: Math.ceil(leftMs / 1000), distance } satisfies Hit;
  }

  return {
    asked(question: Question, partition: string, rules: Rules): Look {
      return { question, partition, key: keyOf(partition, question), rules };
    },
    /** Rejects where the embedding model or the store fails. `maxAge` is in seconds. */
    async find(look: Look, maxAge = Number.POSITIVE_INFINITY): Promise<Found> {
      if (options.exact_caching) {
        const hit = hitOf(await store.get(look.key), look, maxAge);
        if (hit) return { hit, refusals: [] };
      }
      const vector = await embed(look);
      const { partition, rules } = look;
      const { threshold, verify } = rules;
      const limit = verify === "off" ? 1 : VERIFIED;
      const refusals: Refusal[] = [];
      for (const match of await store.nearest({ partition, vector, limit, threshold })) {
        const hit = hitOf(match, look, maxAge, match.distance);
        if (!hit) continue;
        const reason = verify === "off" ? undefined : differenceOf(hit, look);
        if (reason === undefined) return { hit, refusals };
        refusals.push({ key: hit.key, distance: hit.distance, reason });
      }
      return { refusals };
    },
    /** Rejects as `find` does. Nothing is kept of an answer that is too long. */
    async keep(look: Look, kept: KeptAnswer, ttlSeconds: number): Promise<void> {
      const value = writeKept(kept);
      if (value.length > MAX_KEPT_LENGTH) return;
      const { key, partition } = look;
      const vector = await embed(look);
      const storedAtMs = nowMs();
      const expiresAtMs = storedAtMs + ttlSeconds * 1000;
      await store.put({ key, partition, vector, value, storedAtMs, expiresAtMs });
    },
  };
}

function differenceOf({ kept }: Hit, { question }: Look): Difference | undefined {
  const compared = sameQuestion(kept.text, question.text);
  return compared.same ? undefined : compared.reason;
}

export type AnswerCache = ReturnType<typeof answerCache>;
