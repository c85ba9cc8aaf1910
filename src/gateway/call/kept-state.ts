interface Kept {
  readonly value: unknown;
  users: number;
}

/** Things that outlive a configuration. */
export interface KeptState {
  /**
   * The next configuration, which takes hold before the last lets go, gets the same thing for the same key.
   */
  keep<State>(key: string, make: () => State): Hold<State>;
}

export interface Hold<State> {
  readonly value: State;
  /** True for whoever was the last to hold it: it is forgotten then. */
  release(): boolean;
}

export function createKeptState(): KeptState {
  const kept = new Map<string, Kept>();
  return {
    keep<State>(key: string, make: () => State) {
      const known = kept.get(key) ?? { value: make(), users: 0 };
      known.users += 1;
      kept.set(key, known);
      let released = false;
      return {
        // Keys name what was made, and only the maker of a thing knows its key.
        value: known.value as State,
        release() {
          if (released) return false;
          released = true;
          known.users -= 1;
          return known.users === 0 && kept.delete(key);
        },
      };
    },
  };
}
