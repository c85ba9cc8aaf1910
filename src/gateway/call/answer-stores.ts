/** What is kept of answers by one plugin instance, for whoever runs the gateway. */
export interface AnswerStore {
  /** What is kept under a key, as JSON can say it. */
  get(key: string): Promise<object | undefined>;
  /** Whether there was one. */
  remove(key: string): Promise<boolean>;
  removeAll(): Promise<void>;
}

/** The stores of all plugin instances at work. */
export interface AnswerStores {
  /** The returned function takes it out again. */
  add(pluginId: string, store: AnswerStore): () => void;
  /** Those of one instance, or of all; a reload may have two at work for a while. */
  of(pluginId?: string): readonly AnswerStore[];
}

export function createAnswerStores(): AnswerStores {
  const added = new Set<{ readonly pluginId: string; readonly store: AnswerStore }>();
  return {
    add(pluginId, store) {
      const one = { pluginId, store };
      added.add(one);
      return () => added.delete(one);
    },
    of(pluginId) {
      const all = [...added].filter((one) => pluginId === undefined || one.pluginId === pluginId);
      return all.map(({ store }) => store);
    },
  };
}
