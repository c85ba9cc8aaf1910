import type { CachePoint } from "../../chat/message.ts";
import type { NoticeList } from "../notice-list.ts";

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
