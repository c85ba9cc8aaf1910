import { GatewayError } from "../../chat/error.ts";
import type { Call } from "../../gateway/call/call.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { BalancedTarget } from "../balancer-schema.ts";
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
    const model = prompt.wire["model"];
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
