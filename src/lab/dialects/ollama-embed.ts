import type { Asked, Dialect } from "../dialect.ts";
import { askedForVectors, tokensOf, vectorOf } from "../vectors.ts";
import {
  checkMembers,
  checkOllamaKey,
  checkOptions,
  HEADERS,
  OllamaRefusal,
  ollamaStatusError,
  orOllamaRefusal,
  readOllamaJson,
} from "./ollama-http.ts";
import { TOO_LONG } from "./too-long.ts";

/** https://docs.ollama.com/api/embed */
export const ollamaEmbed: Dialect = {
  name: "ollama-embed",
  serves: ({ path }) => path.endsWith("/api/embed"),
  receive: (request, desk) =>
    orOllamaRefusal((): Asked => {
      checkOllamaKey(request, desk);
      const wire = readOllamaJson(request);
      checkMembers(wire, "EmbedRequest", [
        { field: "model", type: "string" },
        { field: "truncate", type: "bool" },
        { field: "options", type: "map[string]interface {}" },
      ]);
      if (!wire["model"]) throw new OllamaRefusal("model is required");
      checkOptions(wire);
      const model = String(wire["model"]);
      const length = Number(wire["dimensions"] ?? 768);
      return askedForVectors({
        model,
        texts: textsOf(wire["input"]),
        headers: HEADERS,
        whole: (texts) =>
          JSON.stringify({
            model,
            embeddings: texts.map((text) => vectorOf(text, length, desk.seed)),
            total_duration: 14_143_917,
            load_duration: 1_019_500,
            prompt_eval_count: tokensOf(texts),
          }),
        error: (status) => ollamaStatusError(status, model),
        tooLong: TOO_LONG.ollama,
      });
    }),
};

function textsOf(input: unknown): readonly string[] {
  if (typeof input === "string") return [input];
  if (!Array.isArray(input)) throw new OllamaRefusal("invalid input type");
  if (input.every((text) => typeof text === "string")) return input;
  throw new OllamaRefusal("invalid input type");
}
