import type { ChatRules, FamilyRules } from "./chat-rules.ts";
import { isAnsweredWith } from "./operations.ts";
import type { Invocation, Provider } from "./provider.ts";

/** What the model of an operation takes of OpenAI's dialect; undefined where its provider speaks another, or minds nothing. */
export function rulesFor(provider: Provider, invocation: Invocation): ChatRules | undefined {
  const { routeType } = invocation;
  if (!isAnsweredWith("text", routeType)) return undefined;
  const { families } = provider;
  const rows = typeof families === "function" ? families(invocation) : families;
  return rows && joinedRules(rows, provider.modelTold?.(invocation) ?? invocation.model);
}

/** Clients may name models, so there is no end of them. */
const MAX_KNOWN = 1_000;
const known = new WeakMap<FamilyRules, Map<string, ChatRules>>();

/** The rules that hold for a model, joined once for each name. */
function joinedRules(families: FamilyRules, model: string): ChatRules {
  const byModel = known.get(families) ?? new Map<string, ChatRules>();
  const before = byModel.get(model);
  if (before) return before;
  const own = families.filter(({ models }) => models?.test(model) ?? true);
  const rules = own.map((family) => family.rules).reduce(joined, {});
  if (byModel.size >= MAX_KNOWN) byModel.clear();
  byModel.set(model, rules);
  known.set(families, byModel);
  return rules;
}

function joined(first: ChatRules, second: ChatRules): ChatRules {
  return {
    ...first,
    ...second,
    members: { ...first.members, ...second.members },
    messages: {
      ...first.messages,
      ...second.messages,
      parts: { ...first.messages?.parts, ...second.messages?.parts },
    },
    tools: { ...first.tools, ...second.tools },
  };
}
