import type { Dialect } from "../dialect.ts";
import { openAiError } from "./openai-error.ts";

/** What no dialect serves: OpenAI's answer, since it is the one most clients expect. */
export const unknownPath: Dialect = {
  name: "unknown-path",
  serves: () => true,
  receive: ({ method, path }) => openAiError(404, `Invalid URL (${method} ${path})`),
};
