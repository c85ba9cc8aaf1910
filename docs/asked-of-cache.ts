import { localEmbedder } from "../src/embeddings/local-embedder.ts";
import { createLocalModel } from "../src/embeddings/local-model.ts";
import { answerCache } from "../src/plugins/ai-semantic-cache/answer-cache.ts";
import type { Rules } from "../src/plugins/ai-semantic-cache/rules.ts";
import { LOCAL_DIMENSIONS, LOCAL_MODEL } from "../src/providers/local-embeddings.ts";
import { createMemoryStore } from "../src/vectors/memory-store.ts";
import { type QuestionPair, questionPairs } from "./question-pairs.ts";

/** What became of a question that was asked when all stored ones of its set were in the cache. */
export interface AskedPair extends QuestionPair {
  /** `right`: what it got is labelled a paraphrase of it, or is the same text. */
  readonly outcome: "right" | "wrong" | "miss";
  /** The stored question whose answer it got. */
  readonly found?: string;
}

const MODEL = createLocalModel();
const PARTITION = "all";
const NO_ANSWER = { id: "answer", model: LOCAL_MODEL, choices: [] };
const SPACE = { dimensions: LOCAL_DIMENSIONS, metric: "cosine" } as const;

/**
 * Stores all questions of a set in the cache, with the model that comes with the gateway and in the store that is in
 * process, and asks the other question of each pair, as the plugin does where no question is met exactly.
 */
export async function askedOfCache(
  set: QuestionPair["set"],
  looked: Pick<Rules, "threshold" | "verify">,
): Promise<readonly AskedPair[]> {
  const pairs = questionPairs().filter((pair) => pair.set === set);
  const nowMs = () => 0;
  const cache = answerCache({
    store: createMemoryStore(SPACE, nowMs),
    embedder: localEmbedder(MODEL, {
      provider: "local",
      model: LOCAL_MODEL,
      dimensions: LOCAL_DIMENSIONS,
    }),
    options: { exact_caching: false },
    nowMs,
  });
  const rules = { ...looked, ttlSeconds: 1, shadow: false };
  const lookFor = (text: string) =>
    cache.asked({ text, exact: text, earlier: [], files: [] }, PARTITION, rules);
  for (const { stored: text } of pairs) {
    await cache.keep(lookFor(text), { text, response: NO_ANSWER, cost: 0 }, rules.ttlSeconds);
  }
  const meant = new Set(
    pairs.flatMap(({ label, stored, asked }) =>
      label === "paraphrase" ? [[stored, asked].join("\n")] : [],
    ),
  );
  return Promise.all(
    pairs.map(async (pair): Promise<AskedPair> => {
      const { hit } = await cache.find(lookFor(pair.asked));
      if (!hit) return { ...pair, outcome: "miss" };
      const found = hit.kept.text;
      const isRight = found === pair.asked || meant.has([found, pair.asked].join("\n"));
      return { ...pair, found, outcome: isRight ? "right" : "wrong" };
    }),
  );
}
