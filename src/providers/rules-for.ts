import type { ChatRules, FamilyRules } from "./chat-rules.ts";
import type { Operation, Provider } from "./provider.ts";

/** What the model of an operation takes of OpenAI's dialect; undefined where its provider speaks another, or minds nothing. */
export function rulesFor(provider: Provider, operation: Operation): ChatRules | undefined {
  const { routeType } = operation;
  if (routeType !== "llm/v1/chat" && routeType !== "llm/v1/completions") return undefined;
  const { families } = provider;
  const rows = typeof families === "function" ? families(operation) : families;
  return rows && joinedRules(rows, provider.modelTold?.(operation) ?? operation.model);
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
