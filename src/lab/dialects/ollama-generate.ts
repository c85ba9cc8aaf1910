import { PLAIN } from "../question.ts";
import { wordsOf } from "../script.ts";
import { ollamaDialect } from "./ollama-dialect.ts";
import { imagesOf, limitsOf, outputOf } from "./ollama-http.ts";

/** The model's state, for a client that carries it on; its numbers are the lab's own. */
const CONTEXT = [1, 2, 3];

/** https://docs.ollama.com/api/generate */
export const ollamaGenerate = ollamaDialect({
  name: "ollama-generate",
  path: "/api/generate",
  struct: "GenerateRequest",
  members: [
    { field: "model", type: "string" },
    { field: "prompt", type: "string" },
    { field: "system", type: "string" },
    { field: "template", type: "string" },
    { field: "suffix", type: "string" },
    { field: "stream", type: "bool" },
    { field: "raw", type: "bool" },
    { field: "images", type: "[]api.ImageData" },
    { field: "options", type: "map[string]interface {}" },
  ],
  question(wire) {
    const prompt = { role: "user", text: String(wire["prompt"] ?? "") } as const;
    const system = { role: "system", text: String(wire["system"] ?? ""), files: [] } as const;
    const turns = [{ ...prompt, files: imagesOf(wire["images"]) }];
    return {
      ...PLAIN,
      turns: system.text === "" ? turns : [system, ...turns],
      output: outputOf(wire["format"]),
      ...limitsOf(wire),
    };
  },
  whole: (script, thinking) => ({
    response: wordsOf(script).join(""),
    ...(thinking !== "" && { thinking }),
    context: CONTEXT,
  }),
  deltas: (script, reasoning) => [
    ...reasoning.map((thinking) => ({ response: "", thinking })),
    ...wordsOf(script).map((response) => ({ response })),
  ],
  last: { response: "", context: CONTEXT },
});
