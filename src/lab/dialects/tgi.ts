import type { Asked, Desk, Dialect, Frame, Reply } from "../dialect.ts";
import { bearerOf, type HeaderLine, type HttpRequest, utf8 } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { type Output, PLAIN, type Turn } from "../question.ts";
import { type Script, wordsOf } from "../scenario.ts";
import { askedForVectors, vectorOf } from "../vectors.ts";
import { checkTgiParameters, readTgiBody, TgiRefusal, tgiError } from "./tgi-check.ts";
import { TOO_LONG } from "./too-long.ts";

const GENERATE = /\/generate(?:_stream)?$/;
/** Hugging Face's inference API, and the path it had before. */
const MODEL = /^(?:\/hf-inference)?\/models\/((?:[^/:]+\/)?[^/:]+)$/;

/**
 * Text Generation Inference: a prompt in, its continuation out
 * (https://huggingface.github.io/text-generation-inference/).
 */
export const tgi: Dialect = {
  name: "tgi",
  serves: ({ method, path }) =>
    method === "POST" && (path === "/" || GENERATE.test(path) || MODEL.test(path)),
  receive: (request, desk) =>
    tgiVerdict(() => {
      checkTgiKey(request, desk);
      return answerTo(readTgiBody(request), request);
    }),
};

/** An answer, or the refusal thrown on the way to it. */
export function tgiVerdict(read: () => Asked | Reply): Asked | Reply {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TgiRefusal)) throw error;
    return error.reply;
  }
}

export function checkTgiKey({ headers }: HttpRequest, { keys }: Desk): void {
  if (!keys) return;
  const key = bearerOf({ headers });
  if (key !== undefined && keys.has(key)) return;
  throw new TgiRefusal(tgiError(401, "Invalid credentials in Authorization header", undefined));
}

const HEADERS: readonly HeaderLine[] = [
  ["content-type", "application/json"],
  ["x-compute-type", "cpu"],
];
const STREAM_HEADERS: readonly HeaderLine[] = [
  ["content-type", "text/event-stream"],
  ["cache-control", "no-cache"],
];

function answerTo(wire: JsonObject, { path }: HttpRequest): Asked {
  const isRoute = GENERATE.test(path);
  const stream = isRoute ? path.endsWith("_stream") : wire["stream"] === true;
  const parameters = isObject(wire["parameters"]) ? wire["parameters"] : {};
  checkTgiParameters(parameters, stream);
  const prompt = String(wire["inputs"]);
  const model = decodeURIComponent(MODEL.exec(path)?.[1] ?? "tgi");
  const asked: Details = {
    prefix: parameters["return_full_text"] === true ? prompt : "",
    details: parameters["details"] === true,
    top: Number(parameters["top_n_tokens"] ?? 0),
  };
  return {
    type: "asked",
    model,
    stream,
    choices: 1,
    question: {
      ...PLAIN,
      turns: turnsOf(prompt),
      output: outputOf(parameters["grammar"]),
      stop: Array.isArray(parameters["stop"]) ? parameters["stop"].map(String) : [],
      maxTokens: Number(parameters["max_new_tokens"] ?? 100),
    },
    headers: HEADERS,
    streamHeaders: STREAM_HEADERS,
    whole: ([script]) => {
      const answer = wholeAnswer(script, asked);
      return JSON.stringify(isRoute ? answer : [answer]);
    },
    frames: ([script]) => frames(script, asked),
    error: (status) => tgiStatusError(status, model),
    tooLong: TOO_LONG.tgi,
    errorFrames: (status) => [event("error", JSON.parse(tgiStatusError(status, model).body))],
    keepAlive: utf8(":\n\n"),
  };
}

interface Details {
  readonly prefix: string;
  readonly details: boolean;
  /** How many alternatives are told of each token. */
  readonly top: number;
}

/** Reads a prompt in the template of Llama 2 or Mistral; any other is one question. */
function turnsOf(prompt: string): readonly Turn[] {
  const said = [...prompt.matchAll(/\[INST\](.*?)\[\/INST\](.*?)(?=<\/?s>|\[INST\]|$)/gs)];
  if (said.length === 0) return [{ role: "user", text: prompt, files: [] }];
  return said.flatMap(([, question = "", answer = ""]): Turn[] => {
    const system = /<<SYS>>(.*?)<<?\/?SYS>>/s.exec(question);
    const user = question.slice(system ? system.index + system[0].length : 0).trim();
    return [
      ...(system ? [{ role: "system", text: (system[1] ?? "").trim(), files: [] } as const] : []),
      { role: "user", text: user, files: [] },
      ...(answer.trim() === ""
        ? []
        : [{ role: "assistant", text: answer.trim(), files: [] } as const]),
    ];
  });
}

function outputOf(grammar: unknown): Output {
  if (!isObject(grammar) || grammar["type"] !== "json") return { type: "text" };
  return { type: "json-schema", schema: grammar["value"] };
}

function finishOf(script: Script | undefined): string {
  return script?.finish === "length" ? "length" : "eos_token";
}

const END_OF_SEQUENCE = { id: 2, text: "</s>", logprob: -0.01, special: true };

function wholeAnswer(script: Script | undefined, asked: Details): JsonObject {
  const pieces = script ? wordsOf(script) : [];
  const tokens = pieces.map(tokenOf);
  const isWhole = finishOf(script) === "eos_token";
  return {
    generated_text: asked.prefix + pieces.join(""),
    ...(asked.details && {
      details: {
        finish_reason: finishOf(script),
        generated_tokens: script?.usage.output ?? 0,
        seed: null,
        prefill: [],
        tokens: isWhole ? [...tokens, END_OF_SEQUENCE] : tokens,
        ...(asked.top > 0 && { top_tokens: tokens.map((token) => alternatives(token, asked)) }),
      },
    }),
  };
}

interface Token {
  readonly id: number;
  readonly text: string;
  readonly logprob: number;
  readonly special: boolean;
}

function tokenOf(text: string, index: number): Token {
  return { id: 1000 + index, text, logprob: -0.25, special: false };
}

function alternatives(token: Token, { top }: Details): readonly Token[] {
  const others = Array.from({ length: top - 1 }, (_, i) => ({
    ...token,
    id: 2000 + i,
    text: `~${i}`,
    logprob: -2 - i,
  }));
  return [token, ...others];
}

/** The last token of an answer carries it whole, with its details. */
function frames(script: Script | undefined, asked: Details): readonly Frame[] {
  const pieces = script ? wordsOf(script) : [];
  const tokens = pieces.map(tokenOf);
  const finish = finishOf(script);
  const all = finish === "length" && tokens.length > 0 ? tokens : [...tokens, END_OF_SEQUENCE];
  return all.map((token, i) => {
    const isLast = i === all.length - 1;
    const details = {
      finish_reason: finish,
      generated_tokens: script?.usage.output ?? 0,
      seed: null,
      input_length: script?.usage.input ?? 0,
    };
    return event(isLast ? "finish" : "delta", {
      index: i + 1,
      token,
      ...(asked.top > 0 && !token.special && { top_tokens: alternatives(token, asked) }),
      generated_text: isLast ? asked.prefix + pieces.join("") : null,
      details: isLast ? details : null,
    });
  });
}

function event(part: Frame["part"], wire: JsonObject): Frame {
  return { part, bytes: utf8(`data:${JSON.stringify(wire)}\n\n`) };
}

/** What the server, or Hugging Face in front of it, answers with this status. */
export function tgiStatusError(status: number, model: string): Reply {
  switch (status) {
    case 401:
      return tgiError(401, "Invalid credentials in Authorization header", undefined);
    case 404:
      return tgiError(404, `Model ${model} does not exist`, undefined);
    case 422:
      return tgiError(422, "Input validation error: the lab was asked to refuse it", "validation");
    case 429:
      return tgiError(429, "Model is overloaded", "overloaded");
    case 503: {
      const loading = { error: `Model ${model} is currently loading`, estimated_time: 20 };
      return { ...tgiError(503, "", undefined), body: JSON.stringify(loading) };
    }
  }
  if (status < 500) return tgiError(status, "the lab was asked to refuse it", "validation");
  return tgiError(status, "Request failed during generation: Server error", "generation");
}

const PATH = /^\/hf-inference\/models\/(.+)\/pipeline\/feature-extraction$/;
const MAX_TEXTS = 32;
const MEMBERS = ["inputs", "normalize", "truncate", "truncation_direction", "prompt_name"];

/** https://huggingface.co/docs/inference-providers/tasks/feature-extraction */
export const featureExtraction: Dialect = {
  name: "feature-extraction",
  serves: ({ path }) => PATH.test(path) || path.endsWith("/embed"),
  receive: (request, desk) =>
    tgiVerdict(() => {
      checkTgiKey(request, desk);
      const model = decodeURIComponent(PATH.exec(request.path)?.[1] ?? "tei");
      const wire = jsonOf(request.body);
      const inputs = isObject(wire) ? wire["inputs"] : undefined;
      const texts = typeof inputs === "string" ? [inputs] : inputs;
      if (
        !isObject(wire) ||
        !Array.isArray(texts) ||
        !texts.every((one) => typeof one === "string")
      ) {
        return tgiError(
          422,
          "inputs: data did not match any variant of untagged enum Input",
          "validation",
        );
      }
      const unknown = Object.keys(wire).find((name) => !MEMBERS.includes(name));
      if (unknown !== undefined) return tgiError(422, `unknown field \`${unknown}\``, "validation");
      if (texts.length > MAX_TEXTS) {
        const message = `batch size ${texts.length} > maximum allowed batch size ${MAX_TEXTS}`;
        return tgiError(413, message, "validation");
      }
      return askedForVectors({
        model,
        texts,
        headers: [
          ["content-type", "application/json"],
          ["x-compute-type", "cpu"],
        ],
        whole: (embedded) => JSON.stringify(embedded.map((one) => vectorOf(one, 384, desk.seed))),
        error: (status) => tgiStatusError(status, model),
        tooLong: TOO_LONG.tgi,
      });
    }),
};
