import { LOCAL_DIMENSIONS, LOCAL_MODEL } from "../../providers/local-embeddings.ts";

/** The model that comes with the gateway, whose vectors are kept in this process: neither needs an account. */
export const LOCAL_MEANING = {
  embeddings: { model: { provider: "local", name: LOCAL_MODEL } },
  vectordb: { strategy: "memory", dimensions: LOCAL_DIMENSIONS, distance_metric: "cosine" },
};
