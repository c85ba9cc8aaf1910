import type { Embedder } from "../../embeddings/embedder.ts";
import type { Call } from "../../gateway/call/call.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { TargetPool } from "../../gateway/proxy/target-pool.ts";
import { CATCHALL, cosineDistance, euclideanDistance } from "../../routing/balance/semantic.ts";
import type { BalancedTarget } from "../balancer-schema.ts";
import type { VectordbOptions } from "../vectordb-schema.ts";

/**
 * How far a call's prompt is from each target's description. Descriptions are few, so their vectors
 * stay in memory whatever store is configured; they are made at the start, and again until it works.
 */
export function descriptionDistances(
  targets: readonly BalancedTarget[],
  embedder: Embedder,
  { distance_metric: metric }: Pick<VectordbOptions, "distance_metric">,
): TargetPool["facts"] {
  const descriptions = targets.map(({ description = "" }) => description);
  const texts = [...new Set(descriptions)].filter((text) => text !== CATCHALL);
  const distance = metric === "cosine" ? cosineDistance : euclideanDistance;
  let vectors: Promise<ReadonlyMap<string, Float32Array>> | undefined;

  function described(): Promise<ReadonlyMap<string, Float32Array>> {
    vectors ??= embedder
      .embed(texts)
      .then((made) => new Map(texts.map((text, at) => [text, made[at] ?? new Float32Array(0)])))
      .catch((cause: unknown) => {
        vectors = undefined;
        throw cause;
      });
    return vectors;
  }

  const nowhereNear = { distances: descriptions.map(() => Number.POSITIVE_INFINITY) };

  return async (call: Call, prompt: Prompt) => {
    const text = promptText(prompt);
    // Embedding models refuse a text that says nothing.
    if (text.trim() === "") return nowhereNear;
    const [known, [asked]] = await Promise.all([
      described(),
      embedder.embed([text], call.client.signal()),
    ]);
    return {
      distances: descriptions.map((description) => {
        const vector = known.get(description);
        return vector && asked ? distance(vector, asked) : Number.POSITIVE_INFINITY;
      }),
    };
  };
}

/** What the user said last; the whole conversation where no user said anything. */
function promptText(prompt: Prompt): string {
  const { messages } = prompt.chat();
  const last = messages.findLast(({ role }) => role === "user");
  return (last ? [last] : messages)
    .flatMap(({ content }) => content)
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n");
}
