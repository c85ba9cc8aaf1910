import type { MeansOfTokens } from "./local/mean-of-tokens.ts";

/**
 * An embedding model that needs no account, no network and no thread: a vector for each token of
 * all-MiniLM-L6-v2's vocabulary, made of that model once (`docs/decisions/0017-local-embeddings.md`). The
 * vector of a text is the mean of its tokens', of length 1. Code and data are read when the first text comes.
 */
export interface LocalModel {
  readonly vectors: MeansOfTokens;
}

export function createLocalModel(): LocalModel {
  let loading: Promise<MeansOfTokens> | undefined;
  return {
    async vectors(texts, dimensions) {
      loading ??= import("./local/mean-of-tokens.ts")
        .then((module) => module.readMeansOfTokens())
        .catch((cause: unknown) => {
          // What could not be read may be there the next time.
          loading = undefined;
          throw cause;
        });
      return (await loading)(texts, dimensions);
    },
  };
}
