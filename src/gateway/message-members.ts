import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { Notice } from "../chat/notice.ts";
import type { Operation, Provider } from "../providers/provider.ts";

/**
 * Takes out of a request's messages what the provider refuses there. `wire` itself, and no notices,
 * when there is nothing of the kind.
 */
export function withoutRejectedMembers(
  wire: JsonObject,
  provider: Provider,
  { options, model }: Pick<Operation, "options" | "model">,
): { readonly wire: JsonObject; readonly notices: readonly Notice[] } {
  const { rejectedMessageMembers = [] } = provider;
  const rejected =
    typeof rejectedMessageMembers === "function"
      ? rejectedMessageMembers(options, model)
      : rejectedMessageMembers;
  const { messages } = wire;
  if (!Array.isArray(messages) || !messages.some((message) => hasAny(message, rejected))) {
    return { wire, notices: [] };
  }
  const notices: Notice[] = [];
  const kept = messages.map((message: Json, index) => {
    if (!isJsonObject(message) || !hasAny(message, rejected)) return message;
    const entries = Object.entries(message).filter(([member, value]) => {
      if (!rejected.includes(member)) return true;
      if (value === null || value === undefined) return false;
      const field = `messages[${index}].${member}`;
      notices.push({ kind: "dropped", field, reason: `${provider.name} does not take it back` });
      return false;
    });
    return Object.fromEntries(entries);
  });
  return { wire: { ...wire, messages: kept }, notices };
}

function hasAny(message: Json, members: readonly string[]): boolean {
  if (!isJsonObject(message)) return false;
  for (const member of members) if (member in message) return true;
  return false;
}
