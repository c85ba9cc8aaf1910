import type { Provider } from "./provider.ts";
import { OLLAMA_OPERATIONS } from "./self-hosted.ts";

export const ollama: Provider = {
  name: "ollama",
  about: "An Ollama server of one's own.",
  operations: OLLAMA_OPERATIONS,
  origin: () => undefined,
  streamUsage: () => false,
};
