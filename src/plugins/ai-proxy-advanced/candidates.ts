import { GatewayError } from "../../chat/error.ts";
import type { Embedder } from "../../embeddings/embedder.ts";
import type { Call } from "../../gateway/call/call.ts";
import { askedModel, type Prompt } from "../../gateway/call/prompt.ts";
import type { TargetPool } from "../../gateway/proxy/target-pool.ts";
import { CATCHALL, cosineDistance, euclideanDistance } from "../../routing/balance/semantic.ts";
import type { BalancedTarget } from "../balancer-schema.ts";
import type { VectordbOptions } from "../vectordb-schema.ts";
import { type AclOptions, isAllowed } from "./acl.ts";

/**
 * Which targets may answer a call: those whose alias the client names, else those that take the
 * model it names, else all, of which the one that is tried says that it is another. Of these, the
 * ones that the rules allow. Throws `permission_denied` when there are none.
 */
export function candidateChooser(
  targets: readonly BalancedTarget[],
  acls: AclOptions | undefined,
): (prompt: Prompt, call: Call) => readonly number[] {
  const all = targets.map((_, index) => index);
  const byAlias = Map.groupBy(all, (index) => targets[index]?.model.model_alias);
  const isNamed = (index: number, name: string) => {
    const own = configuredName(targets[index]);
    return own === undefined || own === name;
  };
  const byName = new Map<string, readonly number[]>();
  for (const target of targets) {
    const name = configuredName(target);
    if (name !== undefined)
      byName.set(
        name,
        all.filter((index) => isNamed(index, name)),
      );
  }
  const unnamed = all.filter((index) => configuredName(targets[index]) === undefined);

  function named(model: unknown): readonly number[] {
    if (typeof model !== "string" || model === "") return all;
    const known = byAlias.get(model) ?? byName.get(model);
    return known ?? (unnamed.length > 0 ? unnamed : all);
  }

  return (prompt, call) => {
    const model = askedModel(prompt);
    const candidates = named(model);
    if (!acls) return candidates;
    const requested = typeof model === "string" ? model : undefined;
    const allowed = candidates.filter((index) => {
      const target = targets[index];
      if (!target) return false;
      const name = requested ?? configuredName(target) ?? "";
      return isAllowed(acls, call, { provider: target.model.provider, model: name });
    });
    if (allowed.length > 0) return allowed;
    throw new GatewayError("permission_denied", "access denied");
  };
}

function configuredName(target: BalancedTarget | undefined): string | undefined {
  return target?.model.name ?? target?.model.model;
}

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
      .then(
        ({ vectors: made }) =>
          new Map(texts.map((text, at) => [text, made[at] ?? new Float32Array(0)])),
      )
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
    const [
      known,
      {
        vectors: [asked],
      },
    ] = await Promise.all([described(), embedder.embed([text], call.client.signal())]);
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
