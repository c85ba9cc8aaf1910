import type { Asked, Dialect, Frame } from "../dialect.ts";
import { lineFrame } from "../frames.ts";
import type { JsonObject } from "../json.ts";
import type { Question } from "../question.ts";
import type { Script } from "../script.ts";
import {
  CREATED_AT,
  checkMembers,
  checkOllamaKey,
  checkOptions,
  doneReason,
  HEADERS,
  KEEP_ALIVE,
  type Member,
  metrics,
  OllamaRefusal,
  ollamaStatusError,
  orOllamaRefusal,
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
