import type { KeptAnswer } from "./kept-answer.ts";

/** An answer that is on its way; undefined where it turned out to be one that nobody else may have. */
type Flight = Promise<KeptAnswer | undefined>;

/** Questions that a model is answering now, so that who asks the same waits for that answer. */
export function createFlights() {
  const underWay = new Map<string, Flight>();
  return {
    /** The answer to the very same question, where one is on its way. */
    join: (key: string): Flight | undefined => underWay.get(key),
    /** Whoever begins a flight has to land it once, with an answer or without. */
    begin(key: string): { land(kept?: KeptAnswer): void } {
      const { promise, resolve } = Promise.withResolvers<KeptAnswer | undefined>();
      underWay.set(key, promise);
      return {
        land(kept) {
          if (underWay.get(key) === promise) underWay.delete(key);
          resolve(kept);
        },
      };
    },
  };
}

export type Flights = ReturnType<typeof createFlights>;
