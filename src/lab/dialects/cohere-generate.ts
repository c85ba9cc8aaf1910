import { type Frame, lineFrame } from "../dialect.ts";
import { utf8 } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import { PLAIN } from "../question.ts";
import { type Script, wordsOf } from "../scenario.ts";
import { cohereDialect } from "./cohere-dialect.ts";
import { type CohereStamp, cohereUnits, FINISH, limitsOf, SAMPLING } from "./cohere-http.ts";
import type { ObjectShape } from "./openai-check.ts";

const GENERATE: ObjectShape = {
  is: "object",
  members: {
    ...SAMPLING,
    prompt: { is: "string" },
    num_generations: { is: "integer", min: 1, max: 5, nullable: true },
    truncate: { is: "string", oneOf: ["NONE", "START", "END"] },
    preset: { is: "string" },
    end_sequences: { is: "array", of: { is: "string" } },
    return_likelihoods: { is: "string", oneOf: ["GENERATION", "ALL", "NONE"] },
    raw_prompting: { is: "boolean" },
  },
  required: ["prompt"],
};

/** https://docs.cohere.com/v1/reference/generate */
export const cohereGenerate = cohereDialect({
  name: "cohere-generate",
  path: "/v1/generate",
  doc: "https://docs.cohere.com/v1/reference/generate",
  shape: GENERATE,
  defaultModel: "command",
  streamType: "application/stream+json",
  answer(wire, stamp) {
    const prompt = String(wire["prompt"]);
    return {
      choices: typeof wire["num_generations"] === "number" ? wire["num_generations"] : 1,
      question: {
        ...PLAIN,
        turns: [{ role: "user", text: prompt, files: [] }],
        ...limitsOf(wire),
      },
      whole: (scripts) => answer(stamp, prompt, scripts),
      frames: (scripts) => events(stamp, prompt, scripts),
      failed: ({ body }) => [
        lineFrame("error", {
          event_type: "stream-error",
          is_finished: true,
          finish_reason: "ERROR",
          err: JSON.parse(body).message,
        }),
      ],
      keepAlive: utf8("\n"),
    };
  },
});

function answer(stamp: CohereStamp, prompt: string, scripts: readonly Script[]): JsonObject {
  return {
    id: stamp.id,
    generations: scripts.map((script, index) => ({
      id: `${stamp.id}-${index}`,
      index,
      text: wordsOf(script).join(""),
      finish_reason: FINISH[script.finish],
    })),
    prompt,
    meta: { api_version: { version: "1" }, ...cohereUnits(scripts) },
  };
}

function events(stamp: CohereStamp, prompt: string, scripts: readonly Script[]): readonly Frame[] {
  const deltas = scripts.flatMap((script, index) =>
    wordsOf(script).map((text) =>
      lineFrame("delta", { event_type: "text-generation", is_finished: false, text, index }),
    ),
  );
  const [first] = scripts;
  const end = {
    event_type: "stream-end",
    is_finished: true,
    ...(first && { finish_reason: FINISH[first.finish] }),
    response: answer(stamp, prompt, scripts),
  };
  return [...deltas, lineFrame("finish", end)];
}
