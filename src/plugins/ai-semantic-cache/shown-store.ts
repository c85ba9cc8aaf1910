import type { AnswerStore } from "../../gateway/call/answer-stores.ts";
import type { VectorStore } from "../../vectors/vector-store.ts";
import { readKept } from "./kept-answer.ts";

/** The store as whoever runs the gateway sees it. */
export function shownStore(store: VectorStore, pluginId: string): AnswerStore {
  return {
    async get(key) {
      const entry = await store.get(key);
      const kept = entry && readKept(entry.value);
      if (!entry || !kept) return undefined;
      const { expiresAtMs, storedAtMs } = entry;
      return {
        key,
        plugin_id: pluginId,
        question: kept.text,
        response: kept.response,
        stored_at: new Date(storedAtMs).toISOString(),
        ...(expiresAtMs !== undefined && { expires_at: new Date(expiresAtMs).toISOString() }),
      };
    },
    remove: (key) => store.remove(key),
    removeAll: () => store.removeAll(),
  };
}
