import type { Adaptation } from "./chat-rules.ts";

/** For vendors that refuse a longer list of stop sequences: the first ones stay. */
export function stopsUpTo(count: number): Adaptation {
  return {
    about: `the first ${count} of a list`,
    adapt(value) {
      if (!Array.isArray(value) || value.length <= count) return undefined;
      const reason = `at most ${count} stop sequences are taken`;
      return { members: { stop: value.slice(0, count) }, loss: { kind: "dropped", reason } };
    },
  };
}
