import { GatewayError } from "../../chat/error.ts";
import type { Call } from "../../gateway/call/call.ts";
import { askedModel, type Prompt } from "../../gateway/call/prompt.ts";
import type { TargetPool } from "../../gateway/proxy/target-pool.ts";
import { CATCHALL } from "../../routing/balance/semantic.ts";
import { distanceBetween } from "../../vectors/distance.ts";
import type { BalancedTarget } from "../balancer-schema.ts";
import type { ConfiguredVectors } from "../configured-vectors.ts";
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
 * How far a call's prompt is from each target's description. Throws `unavailable` where that is not known, and where
 * it is not to be found out: in a rehearsal nobody is asked.
 */
export function descriptionDistances(
  targets: readonly BalancedTarget[],
  vectors: ConfiguredVectors,
  { distance_metric: metric }: Pick<VectordbOptions, "distance_metric">,
): TargetPool["facts"] {
  const descriptions = targets.map(({ description = "" }) => description);
  const nowhereNear = { distances: descriptions.map(() => Number.POSITIVE_INFINITY) };

  return async (call: Call, prompt: Prompt) => {
    const text = promptText(prompt);
    // Embedding models refuse a text that says nothing.
    if (text.trim() === "") return nowhereNear;
    if (call.isRehearsal && !vectors.asksNobody) {
      throw new GatewayError(
        "unavailable",
        "the target is chosen by what the prompt means, and the embedding model is asked only for a call",
      );
    }
    const [known, asked] = await Promise.all([
      vectors.byText(),
      vectors.embedder.embed([text], call.client.signal()),
    ]);
    const [vector] = asked.vectors;
    return {
      distances: descriptions.map((description) => {
        const described = known.get(description);
        if (!described || !vector) return Number.POSITIVE_INFINITY;
        return distanceBetween({ metric }, described, vector);
      }),
    };
  };
}

/** The descriptions that a prompt is compared with. */
export function comparedDescriptions(targets: readonly BalancedTarget[]): readonly string[] {
  return targets.flatMap(({ description = "" }) =>
    description === "" || description === CATCHALL ? [] : [description],
  );
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
