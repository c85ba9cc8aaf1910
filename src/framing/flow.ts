/** Takes one item. Where it gives a promise, nothing more is wanted until that resolves; it never rejects. */
export type Write<Item> = (item: Item) => Promise<void> | undefined;

/** A stream that hands its items on as they come: no promise per item. */
export interface Flow<Item> {
  /**
   * Hands over everything, in order; once. Resolves when all is handed over; rejects when the stream
   * breaks, or with what `write` throws.
   */
  pump(write: Write<Item>): Promise<void>;
  /** Nobody wants what is left. */
  cancel(): void;
}

/** What there is already. */
export function flowOf<Item>(item: Item): Flow<Item> {
  return {
    async pump(write) {
      await write(item);
    },
    cancel: () => undefined,
  };
}

/** Each item made into another, and what is left over at the end; undefined where there is nothing to hand over. */
export function mapped<In, Out>(
  flow: Flow<In>,
  map: (item: In) => Out | undefined,
  end: () => Out | undefined,
): Flow<Out> {
  return {
    async pump(write) {
      await flow.pump((item) => {
        const made = map(item);
        return made === undefined ? undefined : write(made);
      });
      const last = end();
      if (last !== undefined) await write(last);
    },
    cancel: () => flow.cancel(),
  };
}
