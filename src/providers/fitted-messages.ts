import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { CallIds, Fitting, MessageRules, Role } from "./chat-rules.ts";
import { plainPart, withoutRefused } from "./fitted-parts.ts";
import { withName } from "./fitted-tools.ts";

/** The list itself where no message changes. Each message is looked at once. */
export function fittedMessages(
  messages: readonly Json[],
  rules: MessageRules = {},
  fitting: Fitting,
): readonly Json[] {
  let changed: Json[] | undefined;
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message) || isPlain(message, rules)) continue;
    const fit = fittedMessage(message, rules, `messages[${index}]`, fitting);
    if (fit === message) continue;
    changed ??= [...messages];
    changed[index] = fit;
  }
  const list = changed ?? messages;
  return rules.order ? rules.order(list, fitting.tell) : list;
}

/** Whether it says nothing but a text, which every vendor takes of its speaker: nearly all messages do. */
function isPlain(message: JsonObject, { roles }: MessageRules): boolean {
  if (typeof message.content !== "string") return false;
  for (const member in message) if (member !== "role" && member !== "content") return false;
  return isRole(message.role) && roles?.[message.role] === undefined;
}

/** The same with more words for the system's first turn. */
export function instructed(
  messages: readonly Json[],
  instructions: readonly string[],
): readonly Json[] {
  if (instructions.length === 0) return messages;
  const words = instructions.join("\n\n");
  const [first, ...rest] = messages;
  return isJsonObject(first) && first.role === "system" && typeof first.content === "string"
    ? [{ ...first, content: `${first.content}\n\n${words}` }, ...rest]
    : [{ role: "system", content: words }, ...messages];
}

function fittedMessage(
  message: JsonObject,
  rules: MessageRules,
  at: string,
  fitting: Fitting,
): JsonObject {
  const role = rules.roles && isRole(message.role) ? rules.roles[message.role] : undefined;
  const changes: Record<string, Json | undefined> = {};
  if (role !== undefined) changes["role"] = role;
  const spoken = role ?? (isRole(message.role) ? message.role : undefined);
  refuseMembers(message, rules, { ...fitting, at, spoken, changes });
  const { content, tool_calls: calls, tool_call_id: answered, refusal } = message;
  if (content === null && spoken !== "assistant") changes["content"] = "";
  if (Array.isArray(content)) {
    const text = spoken !== undefined && rules.plainText?.has(spoken);
    const fit = text ? plainText(content, at, fitting) : fittedParts(content, rules, at, fitting);
    if (fit !== content) changes["content"] = fit;
  }
  const { audio } = message;
  // What an answer said aloud is sent back by its id alone.
  if (isJsonObject(audio) && audio.id !== undefined && !("audio" in changes)) {
    if (Object.keys(audio).length > 1) changes["audio"] = { id: audio.id };
  }
  if (rules.refusalIsText && typeof refusal === "string" && !content) {
    changes["content"] = refusal;
    changes["refusal"] = undefined;
  }
  if (Array.isArray(calls)) {
    const fit = fittedCalls(calls, rules, `${at}.tool_calls`, fitting);
    if (fit !== calls) changes["tool_calls"] = fit.length === 0 ? undefined : fit;
    for (const [member, value] of Object.entries(
      calls.length > 0 ? (rules.besideCalls ?? {}) : {},
    )) {
      if (message[member] === undefined) changes[member] = value;
    }
  }
  if (rules.callIds && isForeignId(answered, rules.callIds)) {
    changes["tool_call_id"] = ownId(answered, rules.callIds);
  }
  return changedBy(message, changes);
}

function changedBy(message: JsonObject, changes: JsonObject): JsonObject {
  const names = Object.keys(changes);
  if (names.length === 0) return message;
  const entries = Object.entries({ ...message, ...changes });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

interface Member extends Fitting {
  readonly at: string;
  readonly spoken: Role | undefined;
  readonly changes: Record<string, Json | undefined>;
}

function refuseMembers(
  message: JsonObject,
  { known, refused, refusalIsText }: MessageRules,
  { vendor, tell, at, spoken, changes }: Member,
): void {
  const members = spoken === undefined ? undefined : known?.[spoken];
  if (!members && !refused) return;
  for (const member of Object.keys(message)) {
    const value = message[member];
    const isAbsent = value === null && !NULLABLE.has(member);
    if (!isAbsent && (members ? members.has(member) : !refused?.has(member))) continue;
    changes[member] = undefined;
    if (value === null || value === undefined || isEmpty(value)) continue;
    if (spoken === "tool" && member === "name") continue;
    if (refusalIsText && member === "refusal" && !message.content) continue;
    if (REPORTS.has(member)) continue;
    if (member === "audio" && isJsonObject(value) && !message.content) {
      changes["content"] = value.transcript ?? "";
    }
    tell("dropped", `${at}.${member}`, `${vendor} does not take it back`);
  }
}

/** Answers of OpenAI's dialect have these as null, and every vendor takes them back so. */
const NULLABLE: ReadonlySet<string> = new Set([
  "content",
  "refusal",
  "audio",
  "function_call",
  "tool_calls",
]);

/** What an answer reports of itself, which no question can say. */
const REPORTS: ReadonlySet<string> = new Set(["finish_reason", "stop_reason", "index"]);

function isEmpty(value: Json): boolean {
  return value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
}

function fittedParts(
  parts: readonly Json[],
  { parts: kinds, refusedInParts, refusalIsText }: MessageRules,
  at: string,
  { vendor, tell }: Fitting,
): readonly Json[] {
  if (!kinds && !refusedInParts) return parts;
  let changed = false;
  const fit = parts.flatMap((part, index): Json[] => {
    if (!isJsonObject(part)) return [part];
    const where = `${at}.content[${index}]`;
    const rule = typeof part.type === "string" && kinds ? kinds[part.type] : undefined;
    if (rule === "refused") {
      changed = true;
      tell("dropped", where, `${vendor} takes no ${part.type}`);
      return [];
    }
    const said = refusalIsText && part.type === "refusal" ? asText(part) : part;
    const own = plainPart(rule ? rule(said) : said);
    const clean = withoutRefused(own, refusedInParts, (member) => {
      tell("dropped", `${where}.${member}`, `${vendor} does not take it`);
    });
    changed ||= clean !== part;
    return [clean];
  });
  if (!changed) return parts;
  // A turn without a word is refused everywhere, and what it answers to must stay a turn.
  return fit.length > 0 ? fit : [{ type: "text", text: "[left out]" }];
}

function asText({ refusal }: JsonObject): JsonObject {
  return { type: "text", text: refusal };
}

function plainText(parts: readonly Json[], at: string, { vendor, tell }: Fitting): string {
  const texts = parts.flatMap((part, index) => {
    if (typeof part === "string") return [part];
    const text = isJsonObject(part) ? (part.text ?? part.refusal) : undefined;
    if (typeof text === "string") return [text];
    tell("dropped", `${at}.content[${index}]`, `${vendor} takes only text here`);
    return [];
  });
  return texts.join("\n");
}

function fittedCalls(
  calls: readonly Json[],
  rules: MessageRules,
  at: string,
  fitting: Fitting,
): readonly Json[] {
  const fit = calls.map((call, index) =>
    isJsonObject(call) ? fittedCall(call, rules, `${at}[${index}]`, fitting) : call,
  );
  return fit.length === 0 || fit.some((call, index) => call !== calls[index]) ? fit : calls;
}

function fittedCall(
  call: JsonObject,
  { callIds, knownInCalls }: MessageRules,
  at: string,
  { vendor, tell, names }: Fitting,
): JsonObject {
  const { id, type, function: called, custom } = call;
  const changes: Record<string, Json | undefined> = {};
  if (type === null) changes["type"] = undefined;
  if (callIds && isForeignId(id, callIds)) changes["id"] = ownId(id, callIds);
  if (isJsonObject(called)) {
    const own = knownInCalls ? nameAndArguments(called) : called;
    const fit = withName(withArguments(own), names);
    if (fit !== called) changes["function"] = fit;
    // Some vendors' answers leave it to be understood.
    if (type === undefined || type === null) changes["type"] = "function";
  }
  if (isJsonObject(custom)) {
    const fit = withName(custom, names);
    if (fit !== custom) changes["custom"] = fit;
  }
  for (const member of knownInCalls ? Object.keys(call) : []) {
    if (knownInCalls?.has(member)) continue;
    changes[member] = undefined;
    const isLoss = call[member] !== null && !REPORTS.has(member);
    if (isLoss) tell("dropped", `${at}.${member}`, `${vendor} does not take it back`);
  }
  return changedBy(call, changes);
}

/** A function that was called has a name and arguments: a client's library may put more beside them. */
function nameAndArguments(called: JsonObject): JsonObject {
  for (const member of Object.keys(called)) {
    if (member === "name" || member === "arguments") continue;
    const { name, arguments: given } = called;
    return { name, arguments: given };
  }
  return called;
}

/** Arguments are the text of an object: a call without any has the empty one. */
function withArguments(called: JsonObject): JsonObject {
  const { arguments: given } = called;
  if (typeof given === "string") {
    const text = given.trim();
    return text === "" || text === "null" ? { ...called, arguments: "{}" } : called;
  }
  return { ...called, arguments: JSON.stringify(given ?? {}) };
}

const ROLES: ReadonlySet<unknown> = new Set<Role>([
  "system",
  "developer",
  "user",
  "assistant",
  "tool",
  "function",
]);

function isRole(role: unknown): role is Role {
  return ROLES.has(role);
}

function isForeignId(id: Json | undefined, { accepted }: CallIds): id is string {
  return typeof id === "string" && !accepted.test(id);
}

function ownId(id: string, { made }: CallIds): string {
  return made(createHash("sha256").update(id).digest("hex"));
}
