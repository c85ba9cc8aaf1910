import type { Provider } from "./provider.ts";

/** The embedding model inside the package: nothing is sent, nobody is paid. */
export const local: Provider = {
  name: "local",
  about: "The embedding model that comes with the gateway; it needs no account and no network.",
  operations: { "llm/v1/embeddings": { format: () => "in-process" } },
  origin: () => undefined,
  streamUsage: () => false,
};
