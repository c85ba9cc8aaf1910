import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { CachePoint } from "../../chat/message.ts";
import type { NoticeList } from "../notice-list.ts";

/** How a wire marks that the prompt is cached up to a block. */
export interface CacheMarks {
  /** The members that hold marked blocks, in the order in which the vendor reads them. */
  readonly members: readonly string[];
  /** The block's mark: an object with a `ttl` or none. */
  markOf(block: JsonObject): JsonObject | undefined;
  /** The block with another mark or none; undefined where nothing is left of it. */
  marked(block: JsonObject, mark: JsonObject | undefined): JsonObject | undefined;
}

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching#cache-limitations */
const MAX_POINTS = 4;

/**
 * Claude takes four cache points, and none of an hour after one of five minutes. The last four stay:
 * each holds all that stands before it. `wire` itself where there is nothing to change.
 */
export function withinCacheLimits(
  wire: JsonObject,
  marks: CacheMarks,
  list: NoticeList,
): JsonObject {
  const found: JsonObject[] = [];
  for (const name of marks.members) collectMarks(wire[name], marks, found);
  if (found.length === 0) return wire;
  const kept = keptMarks(found);
  if (kept.every((mark, i) => mark === found[i])) return wire;
  if (found.length > MAX_POINTS) {
    list.dropped("cache_control", `Claude takes ${MAX_POINTS} cache points: the last are kept.`);
  }
  if (kept.some((mark, i) => mark !== undefined && mark !== found[i])) {
    list.approximated("cache_control.ttl", "After a cache point of 5m none of 1h is taken.");
  }
  let at = 0;
  const remark = (block: JsonObject) =>
    marks.markOf(block) ? marks.marked(block, kept[at++]) : block;
  const entries = marks.members.map((name) => [name, walk(wire[name], remark)] as const);
  return { ...wire, ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
}

/** In place of each its own, a shorter one, or none. */
function keptMarks(found: readonly JsonObject[]): readonly (JsonObject | undefined)[] {
  let isShort = false;
  return found.map((mark, i) => {
    if (i < found.length - MAX_POINTS) return undefined;
    isShort ||= mark.ttl !== "1h";
    if (!isShort || mark.ttl !== "1h") return mark;
    const { ttl: _, ...shorter } = mark;
    return shorter;
  });
}

/** What stands inside a block is read before it. */
function collectMarks(value: Json | undefined, marks: CacheMarks, found: JsonObject[]): void {
  if (Array.isArray(value)) for (const item of value) collectMarks(item, marks, found);
  if (!isJsonObject(value)) return;
  const { content, tools } = value;
  if (Array.isArray(content)) collectMarks(content, marks, found);
  if (Array.isArray(tools)) collectMarks(tools, marks, found);
  const mark = marks.markOf(value);
  if (mark) found.push(mark);
}

/** In the same order as `collectMarks`. */
function walk(
  value: Json | undefined,
  visit: (block: JsonObject) => JsonObject | undefined,
): Json | undefined {
  if (Array.isArray(value)) {
    return value.map((item) => walk(item, visit)).filter((item) => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  const { content, tools } = value;
  return visit({
    ...value,
    ...(Array.isArray(content) && { content: walk(content, visit) }),
    ...(Array.isArray(tools) && { tools: walk(tools, visit) }),
  });
}

export type CacheLifetime = { readonly ttl?: "5m" | "1h" };

/**
 * A cache point's lifetime where Claude is served, which knows two. Another vendor's word means to
 * outlive the usual five minutes, and so becomes the longer one.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function claudeCacheLifetime(
  { ttl }: CachePoint,
  at: string,
  list: NoticeList,
): CacheLifetime {
  if (ttl === undefined) return {};
  if (ttl === "5m" || ttl === "1h") return { ttl };
  list.approximated(`${at}.cache_control.ttl`, `The cache lasts 5m or 1h; ${ttl} became 1h.`);
  return { ttl: "1h" };
}
