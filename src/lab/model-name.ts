import { LAB_MODELS, type LabModel } from "./models.ts";

/** One wish of a model name: `slow-50` is `slow` with the number 50. */
export interface Trait {
  readonly name: LabModel;
  readonly number?: number;
}

/**
 * Reads a model name: `lab/<trait>+<trait>…`. Without the prefix a name is read as traits only when
 * all of it is; any other (`gpt-5`, say) is a plain model. `undefined`: a `lab/` name there is no
 * trait for.
 */
export function readModelName(model: string): readonly Trait[] | undefined {
  const prefixed = model.startsWith("lab/");
  const traits = readTraits(prefixed ? model.slice("lab/".length) : model);
  return traits ?? (prefixed ? undefined : []);
}

/** `slow-50+echo`, or undefined when a word of it is no trait. */
export function readTraits(words: string): readonly Trait[] | undefined {
  const traits = words.split("+").map(readTrait);
  const known = traits.filter((trait) => trait !== undefined);
  return known.length === traits.length ? known : undefined;
}

function readTrait(word: string): Trait | undefined {
  if (isLabModel(word)) return { name: word };
  const match = /^(.+)-(\d{1,9})$/.exec(word);
  const name = match?.[1] ?? "";
  return isLabModel(name) ? { name, number: Number(match?.[2]) } : undefined;
}

function isLabModel(name: string): name is LabModel {
  return Object.hasOwn(LAB_MODELS, name);
}
