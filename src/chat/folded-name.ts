import { remembered } from "./remembered.ts";

/**
 * A name as the most lenient of its readers has it: without case, without marks between words, without
 * brackets behind it, and letters of other widths as plain ones. `max_tokens` and `maxTokens` are one
 * name, and so are `X_Api_Key`, `x-api-key[]` and `ｘ-api-key`.
 */
export const foldedName = remembered((name) => {
  const [base = ""] = name.split("[", 1);
  return base
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
});
