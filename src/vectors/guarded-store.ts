import { type BreakerOptions, createBreaker } from "../redis/breaker.ts";
import type { VectorStore } from "./vector-store.ts";

/** Removing all may take as long as there is much. */
const REMOVE_ALL_MS = 10_000;

/** A store elsewhere that costs a call 100 ms at most while it does not answer, and next to nothing after five times. */
export function guardedStore(
  open: () => Promise<VectorStore>,
  options: BreakerOptions,
): VectorStore {
  const breaker = createBreaker(options);
  let opened: Promise<VectorStore> | undefined;
  const ask = <T>(work: (store: VectorStore) => Promise<T>, timeoutMs?: number) =>
    breaker.run(async () => {
      opened ??= open();
      return work(await opened);
    }, timeoutMs);
  return {
    put: (entry) => ask((store) => store.put(entry)),
    get: (key) => ask((store) => store.get(key)),
    nearest: (search) => ask((store) => store.nearest(search)),
    remove: (key) => ask((store) => store.remove(key)),
    removeAll: () => ask((store) => store.removeAll(), REMOVE_ALL_MS),
    close: async () => (await opened)?.close(),
  };
}
