import { nearest } from "../../chat/nearest.ts";

/** `did you mean 'temperature'?` when one of the names is close to what was written. */
export function didYouMean(written: string, names: Iterable<string>): string | undefined {
  const name = nearest(written, names);
  return name === undefined ? undefined : `did you mean '${name}'?`;
}
