import { randomness } from "../randomness.ts";

/** The proof the lab gives with its thinking, and asks back with it. */
export function signatureOf(thinking: string): string {
  return `Er${randomness(0, thinking).token(62)}`;
}
