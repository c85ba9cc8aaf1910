import { isObject, type JsonObject } from "../json.ts";
import { AnthropicRefusal } from "./anthropic-error.ts";

const MAX_POINTS = 4;

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching: tools, then system, then messages. */
export function checkCache(wire: JsonObject): void {
  const points = ["tools", "system", "messages"].flatMap((name) => pointsIn(wire[name]));
  if (points.length > MAX_POINTS) {
    throw new AnthropicRefusal(
      `A maximum of ${MAX_POINTS} blocks with cache_control may be provided. Found ${points.length}.`,
    );
  }
  const short = points.findIndex(({ ttl }) => ttl !== "1h");
  if (short >= 0 && points.slice(short).some(({ ttl }) => ttl === "1h")) {
    throw new AnthropicRefusal(
      "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
    );
  }
}

function pointsIn(value: unknown): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(pointsIn);
  if (!isObject(value)) return [];
  const own = isObject(value["cache_control"]) ? [value["cache_control"]] : [];
  return [...pointsIn(value["content"]), ...own];
}
