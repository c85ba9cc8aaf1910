import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, Notice } from "../../chat/request.ts";
import { isHarmless } from "../../formats/harmless.ts";
import type { Path, RequestPatch } from "../../formats/wire-format.ts";
import { type Prompt, promptOf } from "./prompt.ts";

/** A place in the canonical request, or in the wire object that a vendor of the same dialect is sent. */
export type PathKind = "canonical" | "wire";

/**
 * Notices about what the client itself wrote, by the places where that stands in the client's body.
 * There is none about what changes nothing where it is left out.
 */
export function clientNotices(
  notices: readonly Notice[],
  prompt: Prompt,
  kind: PathKind,
  pinned: RequestPatch,
): readonly Notice[] {
  if (notices.length === 0) return notices;
  return notices.flatMap((notice) => {
    if (isPinned(notice.field, pinned)) return [notice];
    // Of old calls of functions there is one at a time, and what a vendor calls besides is told too.
    const own = prompt.asked?.wire ?? prompt.wire;
    if (notice.field === "parallel_tool_calls" && own[notice.field] === undefined) return [];
    const { field, value } = clientPlace(notice.field, prompt, kind);
    const isMissed = value === undefined || !isHarmless(field, value);
    return isMissed ? [{ ...notice, field }] : [];
  });
}

/** The route's own value is what is lost then, whatever the client wrote. */
function isPinned(field: string, { temperature, topP, topK }: RequestPatch): boolean {
  switch (field) {
    case "temperature":
      return temperature !== undefined;
    case "top_p":
      return topP !== undefined;
    case "top_k":
      return topK !== undefined;
  }
  return false;
}

/** An error about a member of the request, which its message begins with, in the same way. */
export function clientError(thrown: unknown, prompt: Prompt, kind: PathKind): unknown {
  if (!(thrown instanceof GatewayError) || thrown.code !== "invalid_request") return thrown;
  const { message, vendor, status } = thrown;
  const param = vendor?.param;
  if (param === undefined) return thrown;
  const { field } = clientPlace(param, prompt, kind);
  if (field === param) return thrown;
  const told = message.startsWith(param) ? field + message.slice(param.length) : message;
  return new GatewayError("invalid_request", told, {
    status,
    vendor: { ...vendor, param: field },
    cause: thrown,
  });
}

interface Place {
  readonly field: string;
  /** What stands there; undefined where the field is not the client's, or names only where it would be. */
  readonly value: Json | undefined;
}

function clientPlace(field: string, prompt: Prompt, kind: PathKind): Place {
  const path = pathIn(field);
  const own = prompt.asked?.wire ?? prompt.wire;
  const { format, wire } = prompt;
  const wirePath =
    kind === "canonical" && format.wirePath
      ? format.wirePath(path, wire, () => prompt.chat())
      : path;
  const added = addedBy(wirePath, prompt);
  if (added !== undefined) return { field: added, value: undefined };
  const ownPath = shifted(wirePath, prompt);
  const place = deepest(own, format.ownPath?.(ownPath, own) ?? ownPath);
  return place ?? { field, value: undefined };
}

function pathIn(field: string): Path {
  const steps = field.matchAll(/([^.[\]]+)|\[(\d+)\]/g);
  return [...steps].map(([, name, index]) => name ?? Number(index));
}

function fieldOf(path: Path): string {
  let field = "";
  for (const step of path) {
    if (typeof step === "number") field += `[${step}]`;
    else field += field === "" ? step : `.${step}`;
  }
  return field;
}

/** Messages that a plugin added are no client's. */
function addedBy([member, index, ...rest]: Path, { asked }: Prompt): string | undefined {
  if (!asked || member !== "messages" || typeof index !== "number") return undefined;
  const { messages } = asked.wire;
  if (!Array.isArray(messages)) return undefined;
  const own = index - asked.prepended;
  if (own < 0) return fieldOf(["prompts", "prepend", index, ...rest]);
  if (own < messages.length) return undefined;
  return fieldOf(["prompts", "append", own - messages.length, ...rest]);
}

function shifted(path: Path, { asked }: Prompt): Path {
  const [member, index, ...rest] = path;
  if (!asked || member !== "messages" || typeof index !== "number") return path;
  return [member, index - asked.prepended, ...rest];
}

/** As far as the client's body goes along the path, or to the member that it lacks; undefined where it does not even begin. */
function deepest(own: JsonObject, path: Path): Place | undefined {
  let value: unknown = own;
  for (const [depth, step] of path.entries()) {
    const inner = memberOf(value, step);
    if (inner === undefined) {
      if (depth === 0) return undefined;
      const isLacking = depth === path.length - 1 && isJsonObject(value);
      return { field: fieldOf(path.slice(0, isLacking ? depth + 1 : depth)), value: undefined };
    }
    value = inner;
  }
  return { field: fieldOf(path), value: value as Json };
}

function memberOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? value[step] : undefined;
  if (!isJsonObject(value) || typeof step === "number") return undefined;
  return Object.hasOwn(value, step) ? value[step] : undefined;
}

/** The whole request as a plugin has changed it; it put so many messages before the others. See `withWire`. */
export function changedPrompt(
  before: Prompt,
  wire: JsonObject,
  { format = before.format, prepended = 0 } = {},
): Prompt {
  if (before.large)
    throw new GatewayError("internal", "an outline was taken for the whole request");
  const asked = {
    wire: before.asked?.wire ?? before.wire,
    prepended: (before.asked?.prepended ?? 0) + prepended,
  };
  const changed = { ...promptOf(format, wire, before.path), asked };
  return { ...changed, chat: () => toldOfOwn(changed) };
}

function toldOfOwn(prompt: Prompt): ChatRequest {
  try {
    return prompt.chat();
  } catch (thrown) {
    throw clientError(thrown, prompt, "wire");
  }
}
