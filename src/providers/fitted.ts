import { isJsonObject, type Json, type JsonObject, setMember } from "../chat/json.ts";
import type { Notice } from "../chat/request.ts";
import { isHarmless } from "../formats/harmless.ts";
import type { ChatRules, FamilyRules, Fitting, Tell } from "./chat-rules.ts";
import { fittedMessages, instructed } from "./fitted-messages.ts";
import { withoutNulls } from "./fitted-parts.ts";
import { fittedChoice, fittedTools } from "./fitted-tools.ts";
import { isAnsweredWith } from "./operations.ts";
import type { Invocation, Provider } from "./provider.ts";
import { toolNames } from "./tool-names.ts";

export interface Fitted {
  readonly wire: JsonObject;
  readonly notices: readonly Notice[];
  /** Names of tools that gave way, by what stands in their place; undefined where none did. */
  readonly originalNames: ReadonlyMap<string, string> | undefined;
}

/** A request in OpenAI's dialect as a vendor takes it, by its rules. `wire` itself when nothing changes. */
export function fitted(wire: JsonObject, rules: ChatRules, vendor: string): Fitted {
  const notices: Notice[] = [];
  const tell: Tell = (kind, field, reason) => notices.push({ kind, field, reason });
  const names = rules.tools?.names && toolNames(rules.tools.names);
  const fitting = { vendor, tell, names };
  const { changes, instructions } = fittedMembers(wire, rules, fitting);
  for (const [name, value] of Object.entries(rules.needs?.(wire) ?? {})) {
    if (wire[name] === undefined && !changes.has(name)) changes.set(name, value);
  }
  const stands = (name: string) => (changes.has(name) ? changes.get(name) : wire[name]);
  const change = (name: string, before: Json | undefined, after: Json | undefined) => {
    if (after !== before) changes.set(name, after);
  };
  const { messages } = wire;
  if (Array.isArray(messages)) {
    const fit = fittedMessages(messages, rules.messages, fitting);
    change("messages", messages, instructed(fit, instructions));
  }
  const tools = stands("tools");
  if (!Array.isArray(tools) || tools.length === 0) {
    if (!rules.tools?.mayBeIdle) leaveOutIdle(wire, changes);
  } else change("tools", tools, fittedTools(tools, rules.tools, fitting));
  const format = stands("response_format");
  if (isJsonObject(format)) change("response_format", format, saidFormat(format));
  const choice = stands("tool_choice");
  if (isJsonObject(choice)) change("tool_choice", choice, fittedChoice(choice, names));
  if (rules.tokenCap) capUnder(rules.tokenCap, wire, changes);
  return {
    wire: changes.size === 0 ? wire : withChanges(wire, changes),
    notices,
    originalNames: names && names.originals.size > 0 ? names.originals : undefined,
  };
}

function saidFormat(format: JsonObject): JsonObject {
  const said = withoutNulls(format);
  if (!isJsonObject(said.json_schema)) return said;
  const schema = withoutNulls(said.json_schema);
  return schema === said.json_schema ? said : { ...said, json_schema: schema };
}

/** Without tools there is nothing to choose: an empty list is refused, and so is a choice beside none. */
function leaveOutIdle(wire: JsonObject, changes: Changes): void {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = wire;
  if (Array.isArray(tools)) changes.set("tools", undefined);
  if (choice === "auto" || choice === "none") changes.set("tool_choice", undefined);
  if (parallel !== undefined) changes.set("parallel_tool_calls", undefined);
}

/** One cap under the right name; where two are there, the smaller holds. */
function capUnder(
  name: "max_tokens" | "max_completion_tokens",
  wire: JsonObject,
  changes: Changes,
): void {
  const other = name === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  const moved = changes.get(other) ?? wire[other];
  if (moved === undefined) return;
  changes.set(other, undefined);
  const own = wire[name];
  if (own === undefined || own === null) changes.set(name, moved);
  else if (typeof own === "number" && typeof moved === "number") {
    changes.set(name, Math.min(own, moved));
  }
}

function withChanges(wire: JsonObject, changes: Changes): JsonObject {
  const changed: Record<string, Json | undefined> = {};
  for (const name of Object.keys(wire)) {
    if (!changes.has(name)) setMember(changed, name, wire[name]);
    else if (changes.get(name) !== undefined) setMember(changed, name, changes.get(name));
  }
  for (const [name, value] of changes) {
    if (value !== undefined && !Object.hasOwn(wire, name)) setMember(changed, name, value);
  }
  return changed;
}

/** What the model of an operation takes of OpenAI's dialect; undefined where its provider speaks another, or minds nothing. */
export function rulesFor(provider: Provider, invocation: Invocation): ChatRules | undefined {
  const { routeType } = invocation;
  // Their tables are of the older dialects.
  if (!isAnsweredWith("text", routeType) || routeType === "llm/v1/responses") return undefined;
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

/** What becomes of members, by name; undefined leaves one out. */
type Changes = Map<string, Json | undefined>;

/** What the gateway sees to itself, whoever asks: a report of usage at the end of a stream. */
const OWN: ReadonlySet<string> = new Set(["stream_options"]);

/** What a vendor's rules make of the members of a request, its messages and tools apart. */
function fittedMembers(
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
