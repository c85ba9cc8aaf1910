import type { Json, JsonObject } from "../chat/json.ts";
import { isHarmless } from "../formats/harmless.ts";
import type { ChatRules } from "./chat-rules.ts";
import type { Fitting } from "./fitting.ts";

/** What becomes of members, by name; undefined leaves one out. */
export type Changes = Map<string, Json | undefined>;

/** What the gateway sees to itself, whoever asks: a report of usage at the end of a stream. */
const OWN: ReadonlySet<string> = new Set(["stream_options"]);

/** What a vendor's rules make of the members of a request, its messages and tools apart. */
export function fittedMembers(
  wire: JsonObject,
  { members = {}, known }: ChatRules,
  { vendor, tell }: Fitting,
): { readonly changes: Changes; readonly instructions: readonly string[] } {
  const changes: Changes = new Map();
  const instructions: string[] = [];
  const leaveOut = (name: string, value: Json, reason: string) => {
    changes.set(name, undefined);
    if (!OWN.has(name) && !isHarmless(name, value)) tell("dropped", name, reason);
  };
  for (const name of Object.keys(wire)) {
    const value = wire[name];
    if (value === undefined) continue;
    if (value === null) {
      changes.set(name, undefined);
      continue;
    }
    const rule = Object.hasOwn(members, name) ? members[name] : undefined;
    if (rule === undefined && (known === undefined || known.has(name))) continue;
    if (rule === undefined || rule === "refused") {
      leaveOut(name, value, `${vendor} does not take it`);
      continue;
    }
    const adapted = rule.adapt(value, wire);
    if (!adapted) continue;
    changes.set(name, undefined);
    for (const [other, to] of Object.entries(adapted.members)) {
      if (other === name || wire[other] === undefined) changes.set(other, to);
    }
    for (const [other, to] of Object.entries(adapted.replaced ?? {})) changes.set(other, to);
    for (const other of adapted.without ?? []) {
      const beside = wire[other];
      if (beside !== undefined)
        leaveOut(other, beside, `${vendor} does not take it beside ${name}`);
    }
    if (adapted.instruction !== undefined) instructions.push(adapted.instruction);
    if (adapted.loss) tell(adapted.loss.kind, name, adapted.loss.reason);
  }
  return { changes, instructions };
}
