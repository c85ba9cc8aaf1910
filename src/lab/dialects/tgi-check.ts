import type { Reply } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";

/** A request that Text Generation Inference refuses; a body it cannot read at all is told in plain text. */
export class TgiRefusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(reply.body);
    this.reply = reply;
  }
}

export function tgiError(status: number, error: string, type: string | undefined): Reply {
  return {
    type: "reply",
    status,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ error, ...(type !== undefined && { error_type: type }) }),
  };
}

function invalid(problem: string): TgiRefusal {
  return new TgiRefusal(tgiError(422, `Input validation error: ${problem}`, "validation"));
}

/** As the JSON reader of the server's web framework says it. */
function unreadable(problem: string, status = 422): TgiRefusal {
  const body = `Failed to deserialize the JSON body into the target type: ${problem} at line 1 column 1`;
  return new TgiRefusal({
    type: "reply",
    status,
    headers: [["content-type", "text/plain; charset=utf-8"]],
    body,
  });
}

export function readTgiBody(request: HttpRequest): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch {
    throw unreadable("expected value", 400);
  }
  if (!isObject(body)) throw unreadable("invalid type, expected struct GenerateRequest");
  if (body["inputs"] === undefined) throw unreadable("missing field `inputs`");
  if (typeof body["inputs"] !== "string") {
    throw unreadable("inputs: invalid type, expected a string");
  }
  if (body["parameters"] !== undefined && !isObject(body["parameters"])) {
    throw unreadable("parameters: invalid type, expected struct GenerateParameters");
  }
  if (body["inputs"] === "") throw invalid("`inputs` cannot be empty");
  return body;
}

const TYPES: Readonly<Record<string, "number" | "integer" | "boolean" | "strings">> = {
  best_of: "integer",
  temperature: "number",
  repetition_penalty: "number",
  frequency_penalty: "number",
  top_k: "integer",
  top_p: "number",
  typical_p: "number",
  do_sample: "boolean",
  max_new_tokens: "integer",
  return_full_text: "boolean",
  stop: "strings",
  truncate: "integer",
  watermark: "boolean",
  details: "boolean",
  decoder_input_details: "boolean",
  seed: "integer",
  top_n_tokens: "integer",
};

/** Null is as good as nothing; members it does not know are not looked at. */
export function checkTgiParameters(parameters: JsonObject, stream: boolean): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const value = parameters[name];
    if (value === undefined || value === null || isOf(value, type)) continue;
    throw unreadable(`parameters.${name}: invalid type, expected ${type}`);
  }
  const broken = RULES.find(({ fails }) => fails(parameters, stream));
  if (broken) throw invalid(broken.problem);
}

function isOf(value: unknown, type: (typeof TYPES)[string] | undefined): boolean {
  switch (type) {
    case "number":
      return typeof value === "number";
    case "integer":
      return typeof value === "number" && Number.isInteger(value) && value >= 0;
    case "boolean":
      return typeof value === "boolean";
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case undefined:
      return true;
  }
}

interface Rule {
  readonly problem: string;
  readonly fails: (parameters: JsonObject, stream: boolean) => boolean;
}

const positive = (name: string): Rule => ({
  problem: `\`${name}\` must be strictly positive`,
  fails: ({ [name]: value }) => typeof value === "number" && value <= 0,
});

/** https://huggingface.github.io/text-generation-inference/ */
const RULES: readonly Rule[] = [
  positive("temperature"),
  positive("repetition_penalty"),
  positive("top_k"),
  positive("max_new_tokens"),
  positive("best_of"),
  {
    problem: "`top_p` must be > 0.0 and < 1.0",
    fails: ({ top_p: p }) => typeof p === "number" && (p <= 0 || p >= 1),
  },
  {
    problem: "`frequency_penalty` must be >= -2.0 and <= 2.0",
    fails: ({ frequency_penalty: p }) => typeof p === "number" && (p < -2 || p > 2),
  },
  {
    problem: "`top_n_tokens` must be >= 0 and <= 5",
    fails: ({ top_n_tokens: n }) => typeof n === "number" && n > 5,
  },
  {
    problem: "`stop` supports up to 4 stop sequences",
    fails: ({ stop }) => Array.isArray(stop) && stop.length > 4,
  },
  {
    problem: "`best_of` != 1 is not supported when streaming tokens",
    fails: ({ best_of: n }, stream) => stream && typeof n === "number" && n > 1,
  },
  {
    problem: "`decoder_input_details` == true is not supported when streaming tokens",
    fails: ({ decoder_input_details: asked }, stream) => stream && asked === true,
  },
];
