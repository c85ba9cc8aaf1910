import { llama2Raw, llama2RawByPosition } from "../formats/tgi/llama2/format.ts";
import { EMBEDDINGS_OF_DIALECTS, ollamaFormat } from "./ollama-dialect.ts";
import { OPENAI_LIKE, openAiFormat } from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { GENERATE_ENDINGS, rawFormat } from "./raw-dialect.ts";

export const llama2: Provider = {
  name: "llama2",
  about:
    "Self-hosted Llama models behind a server that speaks OpenAI's, Ollama's or the raw dialect.",
  format: (routeType, { llama2_format, template_mode }) => {
    switch (llama2_format) {
      case "openai":
        return openAiFormat(routeType);
      case "ollama":
        return ollamaFormat(routeType);
      case "raw":
        return rawFormat(
          routeType,
          template_mode === "reference" ? llama2RawByPosition : llama2Raw,
        );
      case undefined:
        return undefined;
    }
  },
  embeddings: ({ options }) => EMBEDDINGS_OF_DIALECTS[options.llama2_format ?? "raw"],
  origin: () => undefined,
  path: () => undefined,
  families: ({ options }) => (options.llama2_format === "openai" ? OPENAI_LIKE : undefined),
  streamUsage: ({ llama2_format }) => llama2_format === "openai",
  streamEndings: ({ llama2_format }) => (llama2_format === "raw" ? GENERATE_ENDINGS : []),
};
