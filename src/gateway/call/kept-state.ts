interface Kept {
  readonly value: unknown;
  users: number;
}

const kept = new Map<string, Kept>();

/**
 * Something that outlives a configuration: the next one, which takes hold before the last lets go,
 * gets the same thing for the same key.
 */
export function keepState<State>(key: string, make: () => State) {
  const known = kept.get(key) ?? { value: make(), users: 0 };
  known.users += 1;
  kept.set(key, known);
  let released = false;
  return {
    // Keys name what was made, and only the maker of a thing knows its key.
    value: known.value as State,
    release(): void {
      if (released) return;
      released = true;
      known.users -= 1;
      if (known.users === 0) kept.delete(key);
    },
  };
}
