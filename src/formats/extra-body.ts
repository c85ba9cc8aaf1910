import { foldedName } from "../chat/folded-name.ts";
import { isJsonObject, type Json, type JsonObject, setMember } from "../chat/json.ts";
import type { ChatRequest, Notice } from "../chat/request.ts";
import { PROMPT_MEMBERS } from "./registry.ts";
import type { RequestPatch } from "./wire-format.ts";

/** The client's request without its `extra_body`, what that holds, and what was no object of members. */
export interface ExtraBody {
  readonly rest: JsonObject;
  readonly members: JsonObject | undefined;
  readonly notices: readonly Notice[];
}

/** Undefined where the request has no such member: nothing is to be done then. */
export function extraBodyOf(wire: JsonObject): ExtraBody | undefined {
  if (!Object.hasOwn(wire, "extra_body")) return undefined;
  const { extra_body: value, ...rest } = wire;
  if (isMembers(value)) return { rest, members: value, notices: [] };
  const reason = "It must be an object of members.";
  const notices: Notice[] =
    value === null || value === undefined ? [] : [{ kind: "dropped", field: "extra_body", reason }];
  return { rest, members: undefined, notices };
}

/** The same of a request that was decoded. */
export function withoutExtraBody(chat: ChatRequest): ChatRequest {
  if (!chat.extra || !("extra_body" in chat.extra)) return chat;
  const { extra_body: _, ...extra } = chat.extra;
  return { ...chat, extra };
}

const PROMPT_NAMES: ReadonlySet<string> = new Set(PROMPT_MEMBERS.map(foldedName));

/** The name under which the client's `extra_body` holds a prompt, which would not be sent. */
export function promptInExtraBody({ extra_body: extraBody }: JsonObject): string | undefined {
  if (!isJsonObject(extraBody)) return undefined;
  return Object.keys(extraBody).find((name) => PROMPT_NAMES.has(foldedName(name)));
}

const folded = (names: readonly string[]) => names.map(foldedName);

/** What no request may say behind the back of whoever read it: who answers, how, and what is asked. */
const NEVER = new Set(
  folded([
    "model",
    "model_id",
    "models",
    "fallbacks",
    "fallback_models",
    "provider",
    "route",
    "stream",
    "stream_options",
    ...PROMPT_MEMBERS,
    // What texts are called where they become vectors.
    "texts",
    "requests",
    "instances",
    "content",
    "input_text",
  ]),
);

/** What may be added, and not replaced: guards looked at the client's own. */
const INSPECTED = new Set(
  folded([
    "tools",
    "functions",
    "response_format",
    "response_schema",
    "response_json_schema",
    "prediction",
    "suffix",
    "documents",
  ]),
);

/** The names that vendors have for what a route can set. */
const PINNED = {
  maxTokens: [
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "max_new_tokens",
    "max_tokens_to_sample",
    "max_token_count",
    "max_gen_len",
    "num_predict",
  ],
  temperature: ["temperature", "do_sample"],
  topP: ["top_p", "p"],
  topK: ["top_k", "k"],
} as const satisfies Partial<Record<keyof RequestPatch, readonly string[]>>;

/** Which of them a name, folded, stands for. */
const PINNED_BY_NAME: ReadonlyMap<string, keyof typeof PINNED> = new Map(
  Object.entries(PINNED).flatMap(([member, names]) =>
    folded(names).map((name) => [name, member as keyof typeof PINNED] as const),
  ),
);

/** What most requests hold; of these the pinned ones are set by the format itself. */
const USUAL = new Set([
  "model",
  "messages",
  "prompt",
  "stream",
  "stream_options",
  "tools",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
]);

/** Objects whose members are the request's own, one level down. */
const CONTAINERS = new Set(
  folded([
    "generation_config",
    "inference_config",
    "text_generation_config",
    "additional_model_request_fields",
    "parameters",
    "options",
    "tool_config",
    "extra_body",
  ]),
);

/**
 * The client's own members without those by which a vendor might read another value of what the route
 * has set: another spelling, another vendor's word, one in an object of options. `wire` itself where
 * there is none of them.
 */
export function withoutPinned(
  wire: JsonObject,
  pinned: RequestPatch,
): { readonly wire: JsonObject; readonly notices: readonly Notice[] } {
  const notices: Notice[] = [];
  const isPinned = (name: string) => {
    const member = PINNED_BY_NAME.get(name);
    return member !== undefined && pinned[member] !== undefined;
  };
  let kept: Record<string, Json | undefined> | undefined;
  const dropped = (field: string) =>
    notices.push({ kind: "dropped", field, reason: "The route has decided it." });
  for (const key in wire) {
    if (USUAL.has(key)) continue;
    const name = foldedName(key);
    const value = wire[key];
    if (isPinned(name)) {
      kept ??= { ...wire };
      delete kept[key];
      dropped(key);
    } else if (CONTAINERS.has(name) && isMembers(value)) {
      const own = Object.keys(value).filter((inner) => isPinned(foldedName(inner)));
      if (own.length === 0) continue;
      kept ??= { ...wire };
      const rest = Object.entries(value).filter(([inner]) => !own.includes(inner));
      setMember(kept, key, Object.fromEntries(rest));
      for (const inner of own) dropped(`${key}.${inner}`);
    }
  }
  return { wire: kept ?? wire, notices };
}

/** What a call's route decided: `more` are other members, by their names. */
export interface Decided {
  readonly pinned: RequestPatch;
  readonly dimensions: boolean;
  readonly more: readonly string[];
}

/** The names, folded, of what was decided. */
function decidedNames({ pinned, dimensions, more }: Decided): ReadonlySet<string> {
  const names = new Set([...NEVER, ...folded(more)]);
  let member: keyof typeof PINNED;
  for (member in PINNED) {
    if (pinned[member] === undefined) continue;
    for (const name of folded(PINNED[member])) names.add(name);
  }
  if (dimensions) for (const name of DIMENSIONS) names.add(name);
  return names;
}

const DIMENSIONS: ReadonlySet<string> = new Set(
  folded(["dimensions", "output_dimension", "output_dimensionality"]),
);

/**
 * The client's `extra_body` in a request as the vendor will read it, member by member. What the route
 * decided stays, whatever it is called there, and each attempt to change it is told.
 */
export function withExtraMembers(
  wire: JsonObject,
  extra: JsonObject,
  route: Decided,
): { readonly wire: JsonObject; readonly notices: readonly Notice[] } {
  const notices: Notice[] = [];
  const decided = decidedNames(route);
  const dropped = (field: string, reason: string) =>
    notices.push({ kind: "dropped", field, reason });

  function merged(base: JsonObject, over: JsonObject, at: string, isRequest: boolean): JsonObject {
    const result: Record<string, Json | undefined> = { ...base };
    for (const [key, value] of Object.entries(over)) {
      const field = `${at}.${key}`;
      const name = foldedName(key);
      const seat = isRequest ? seatOf(base, key, name) : key;
      const below = Object.hasOwn(base, seat) ? base[seat] : undefined;
      if (isRequest && (decided.has(name) || (below != null && INSPECTED.has(name)))) {
        if (!isSame(below, value)) dropped(field, "The route has decided it.");
      } else if (isMembers(value)) {
        const inner = isRequest && CONTAINERS.has(name);
        setMember(result, seat, merged(isMembers(below) ? below : {}, value, field, inner));
      } else if (isMembers(below)) {
        dropped(field, "Only an object can take the place of an object.");
      } else setMember(result, seat, value);
    }
    return result;
  }

  return { wire: merged(wire, extra, "extra_body", true), notices };
}

/** The name under which a member stands already, however that is spelt. */
function seatOf(base: JsonObject, key: string, name: string): string {
  if (Object.hasOwn(base, key)) return key;
  return Object.keys(base).find((own) => foldedName(own) === name) ?? key;
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A long integer is kept as an object too. */
function isMembers(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && !JSON.isRawJSON(value);
}
