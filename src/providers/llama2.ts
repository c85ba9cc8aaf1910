import { openaiCompletions } from "../formats/openai/completions/format.ts";
import { llama2Raw, llama2RawByPosition } from "../formats/tgi/llama2/format.ts";
import { OPENAI_LIKE } from "./openai-dialect.ts";
import type { Provider } from "./provider.ts";
import { selfHosted } from "./self-hosted.ts";

export const llama2: Provider = {
  name: "llama2",
  about:
    "Self-hosted Llama models behind a server that speaks OpenAI's, Ollama's or the raw dialect.",
  operations: selfHosted({
    dialect: ({ llama2_format }) => llama2_format,
    raw: ({ template_mode }) => (template_mode === "reference" ? llama2RawByPosition : llama2Raw),
    completions: openaiCompletions,
  }),
  origin: () => undefined,
  families: ({ options }) => (options.llama2_format === "openai" ? OPENAI_LIKE : undefined),
  streamUsage: ({ llama2_format }) => llama2_format === "openai",
};
