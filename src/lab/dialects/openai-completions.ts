import { type Asked, type Desk, type Dialect, DONE, type Frame, sseFrame } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import { PLAIN } from "../question.ts";
import type { Script } from "../scenario.ts";
import { azureDeployment, usageOf } from "./openai-chat.ts";
import { refuseUnknown, stopsOf } from "./openai-chat-request.ts";
import { checkStreamOptions } from "./openai-chat-rules.ts";
import { SAMPLING } from "./openai-chat-shape.ts";
import { checkMembers, missing, type Shape } from "./openai-check.ts";
import {
  CREATED,
  checkKey,
  isLenient,
  KEEP_ALIVE,
  openAiStatusError,
  openAiText,
  orRefusal,
  readJson,
  type Stamp,
  stamp,
} from "./openai-http.ts";
import { TOO_LONG } from "./too-long.ts";

const integers: Shape = { is: "array", of: { is: "integer" } };

// https://platform.openai.com/docs/api-reference/completions/create
const MEMBERS: Readonly<Record<string, Shape>> = {
  ...SAMPLING,
  prompt: {
    is: "either",
    nullable: true,
    options: [
      { is: "string" },
      { is: "array", of: { is: "string" } },
      integers,
      { is: "array", of: integers },
    ],
  },
  best_of: { is: "integer", min: 1, max: 20, nullable: true },
  echo: { is: "boolean", nullable: true },
  logprobs: { is: "integer", min: 0, max: 5, nullable: true },
  suffix: { is: "string", nullable: true },
};

/** The older API: a prompt in, its continuation out. */
export const openAiCompletions: Dialect = {
  name: "openai-completions",
  serves: ({ path }) => path.endsWith("/completions") && !path.endsWith("/chat/completions"),
  receive: (request, desk) =>
    orRefusal(() => {
      checkKey(request, desk);
      const wire = readJson(request);
      const model = wire["model"] ?? azureDeployment(request);
      if (model === undefined) throw missing("model");
      if (!isLenient(model, desk)) refuseUnknown(wire, MEMBERS);
      checkMembers({ ...wire, model }, { is: "object", members: MEMBERS, open: true }, "");
      checkStreamOptions(wire);
      return answerTo(wire, azureDeployment(request) ?? String(model), request, desk);
    }),
};

function answerTo(wire: JsonObject, model: string, request: HttpRequest, desk: Desk): Asked {
  const stamped = stamp(request, desk, "cmpl-");
  const prompt = promptOf(wire["prompt"]);
  const prefix = wire["echo"] === true ? prompt : "";
  const options = wire["stream_options"];
  const includeUsage = isObject(options) && options["include_usage"] === true;
  return {
    type: "asked",
    model,
    stream: wire["stream"] === true,
    choices: typeof wire["n"] === "number" ? wire["n"] : 1,
    question: {
      ...PLAIN,
      turns: [{ role: "user", text: prompt, files: [] }],
      stop: stopsOf(wire["stop"]),
      // The vendor's default for this API.
      maxTokens: typeof wire["max_tokens"] === "number" ? wire["max_tokens"] : 16,
    },
    headers: stamped.headers,
    streamHeaders: stamped.streamHeaders,
    whole: (scripts) =>
      openAiText({
        ...envelope(stamped, model),
        choices: scripts.map((script, index) =>
          choice(index, prefix + script.text.join(""), finishOf(script)),
        ),
        usage: usageOf(scripts),
      }),
    frames: (scripts) => chunks(scripts, { ...envelope(stamped, model) }, { prefix, includeUsage }),
    error: (status) => openAiStatusError(status, model),
    tooLong: TOO_LONG.openai,
    errorFrames: (status) => [sseFrame("error", JSON.parse(openAiStatusError(status, model).body))],
    keepAlive: KEEP_ALIVE,
  };
}

function promptOf(prompt: unknown): string {
  if (!Array.isArray(prompt)) return typeof prompt === "string" ? prompt : "";
  // Token ids are another tokenizer's; they count as words.
  return prompt
    .flat()
    .map(String)
    .join(prompt.some((item) => typeof item === "string") ? "\n" : " ");
}

function envelope(stamped: Stamp, model: string): JsonObject {
  return { id: stamped.id, object: "text_completion", created: CREATED, model };
}

function choice(index: number, text: string, finish: string | null): JsonObject {
  return { text, index, logprobs: null, finish_reason: finish };
}

/** This API has no tools: their place is never taken. */
function finishOf(script: Script): string {
  return script.finish === "content-filter" ? "content_filter" : script.finish;
}

function chunks(
  scripts: readonly Script[],
  head: JsonObject,
  options: { prefix: string; includeUsage: boolean },
): readonly Frame[] {
  const noUsage = options.includeUsage ? { usage: null } : {};
  const write = (part: Frame["part"], item: JsonObject) =>
    sseFrame(part, { ...head, choices: [item], ...noUsage });
  const frames = scripts.flatMap((script, index) => [
    ...(options.prefix === "" ? [] : [write("delta", choice(index, options.prefix, null))]),
    ...script.text.map((piece) => write("delta", choice(index, piece, null))),
    write("finish", choice(index, "", finishOf(script))),
  ]);
  if (options.includeUsage) {
    frames.push(sseFrame("usage", { ...head, choices: [], usage: usageOf(scripts) }));
  }
  return [...frames, DONE];
}
