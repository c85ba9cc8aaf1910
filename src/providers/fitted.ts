import { isJsonObject, type Json, type JsonObject, setMember } from "../chat/json.ts";
import type { Notice } from "../chat/notice.ts";
import type { ChatRules, Tell } from "./chat-rules.ts";
import { type Changes, fittedMembers } from "./fitted-members.ts";
import { fittedMessages, instructed } from "./fitted-messages.ts";
import { withoutNulls } from "./fitted-parts.ts";
import { fittedChoice, fittedTools } from "./fitted-tools.ts";
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
