/** Headers of an answer, read and never changed: names in lower case, in the order they came. */
export class AnswerHeaders implements Iterable<readonly [name: string, value: string]> {
  readonly #names: readonly string[];
  readonly #values: readonly string[];

  constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names;
    this.#values = values;
  }

  /** Of a name that stands there several times, all values, joined as RFC 9110 §5.3 has it. */
  get(name: string): string | null {
    let found: string | null = null;
    for (const [at, own] of this.#names.entries()) {
      if (own !== name) continue;
      const value = this.#values[at] ?? "";
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const [at, name] of this.#names.entries()) yield [name, this.#values[at] ?? ""];
  }
}
