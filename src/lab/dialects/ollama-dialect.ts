import { type Asked, type Dialect, type Frame, lineFrame } from "../dialect.ts";
import type { JsonObject } from "../json-schema.ts";
import { PLAIN, type Question } from "../question.ts";
import { type Script, wordsOf } from "../scenario.ts";
import { askedForVectors, tokensOf, vectorOf } from "../vectors.ts";
import {
  CREATED_AT,
  checkMembers,
  checkOllamaKey,
  checkOptions,
  doneReason,
  HEADERS,
  imagesOf,
  KEEP_ALIVE,
  limitsOf,
  type Member,
  metrics,
  OllamaRefusal,
  ollamaStatusError,
  orOllamaRefusal,
  outputOf,
  readOllamaJson,
  STREAM_HEADERS,
  thinks,
} from "./ollama-http.ts";
import { TOO_LONG } from "./too-long.ts";

/** What one of Ollama's APIs has of its own. */
interface OllamaApi {
  readonly name: string;
  /** The end of the path. */
  readonly path: string;
  /** Go's name of the request. */
  readonly struct: string;
  readonly members: readonly Member[];
  question(wire: JsonObject): Question;
  /** The members of a whole answer; `thinking` is empty for a model that was told not to think. */
  whole(script: Script, thinking: string, wire: JsonObject): JsonObject;
  deltas(script: Script, thinking: readonly string[], wire: JsonObject): readonly JsonObject[];
  /** The last line's members. */
  readonly last: JsonObject;
}

export function ollamaDialect(api: OllamaApi): Dialect {
  return {
    name: api.name,
    serves: ({ path }) => path.endsWith(api.path),
    receive: (request, desk) =>
      orOllamaRefusal(() => {
        checkOllamaKey(request, desk);
        const wire = readOllamaJson(request);
        checkMembers(wire, api.struct, api.members);
        if (!wire["model"]) throw new OllamaRefusal("model is required");
        checkOptions(wire);
        return asked(wire, api);
      }),
  };
}

function asked(wire: JsonObject, api: OllamaApi): Asked {
  const model = String(wire["model"]);
  const isThinking = thinks(wire["think"]);
  const head = { model, created_at: CREATED_AT };
  const finished = (script: Script) => ({
    done: true,
    done_reason: doneReason(script),
    ...metrics(script),
  });

  function whole([script]: readonly Script[]): JsonObject {
    if (!script) return { ...head, done: true };
    const thinking = isThinking ? script.reasoning.join("") : "";
    return { ...head, ...api.whole(script, thinking, wire), ...finished(script) };
  }

  function frames([script]: readonly Script[]): readonly Frame[] {
    if (!script) return [lineFrame("finish", { ...head, done: true })];
    const deltas = api.deltas(script, isThinking ? script.reasoning : [], wire);
    return [
      ...deltas.map((members) => lineFrame("delta", { ...head, ...members, done: false })),
      lineFrame("finish", { ...head, ...api.last, ...finished(script) }),
    ];
  }

  return {
    type: "asked",
    model,
    stream: wire["stream"] !== false,
    choices: 1,
    question: api.question(wire),
    headers: HEADERS,
    streamHeaders: STREAM_HEADERS,
    whole: (scripts) => JSON.stringify(whole(scripts)),
    frames,
    error: (status) => ollamaStatusError(status, model),
    tooLong: TOO_LONG.ollama,
    errorFrames: (status) => [
      lineFrame("error", JSON.parse(ollamaStatusError(status, model).body)),
    ],
    keepAlive: KEEP_ALIVE,
  };
}

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
