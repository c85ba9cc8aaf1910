import type { Asked, Desk, Reply } from "../dialect.ts";
import { bearerOf, type HeaderLine, type HttpRequest, utf8 } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import type { FileSeen, Output } from "../question.ts";
import type { Script } from "../scenario.ts";
import { CREATED } from "./openai-http.ts";

/** A request Ollama would refuse, in its own words. */
export class OllamaRefusal extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

export function orOllamaRefusal(read: () => Asked): Asked | Reply {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OllamaRefusal)) throw error;
    return ollamaError(error.status, error.message);
  }
}

export function ollamaError(status: number, error: string): Reply {
  return {
    type: "reply",
    status,
    headers: [["content-type", "application/json; charset=utf-8"]],
    body: JSON.stringify({ error }),
  };
}

/** Ollama itself asks for no key; a proxy before it, or ollama.com, does. */
export function checkOllamaKey(request: HttpRequest, desk: Desk): void {
  if (!desk.keys) return;
  const key = bearerOf(request);
  if (key === undefined || !desk.keys.has(key)) throw new OllamaRefusal("unauthorized", 401);
}

export function readOllamaJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") throw new OllamaRefusal("405 method not allowed", 405);
  if (request.body.length === 0) throw new OllamaRefusal("missing request body");
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch {
    throw new OllamaRefusal("invalid character '}' looking for beginning of value");
  }
  if (isObject(body)) return body;
  throw new OllamaRefusal(unmarshal(body, "Request", "", "api.Request"));
}

/** What Go's decoder says of a member of another type. */
export function unmarshal(value: unknown, struct: string, field: string, type: string): string {
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : GO_KINDS[typeof value];
  const place = field === "" ? "" : `Go struct field ${struct}.${field} of type `;
  return `json: cannot unmarshal ${kind} into ${place}${type}`;
}

const GO_KINDS: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  boolean: "bool",
  object: "object",
};

export interface Member {
  readonly field: string;
  readonly type:
    | "string"
    | "bool"
    | "[]api.Message"
    | "api.Tools"
    | "[]api.ImageData"
    | "map[string]interface {}";
}

/** Unknown members are ignored, as Go's decoder does; known ones must be of their type. */
export function checkMembers(wire: JsonObject, struct: string, members: readonly Member[]): void {
  for (const { field, type } of members) {
    const value = wire[field];
    if (value === undefined || value === null || isOf(value, type)) continue;
    throw new OllamaRefusal(unmarshal(value, struct, field, type));
  }
}

function isOf(value: unknown, type: Member["type"]): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "bool") return typeof value === "boolean";
  return type === "map[string]interface {}" ? isObject(value) : Array.isArray(value);
}

const OPTION_TYPES: Readonly<Record<string, "integer" | "float32" | "array">> = {
  num_predict: "integer",
  num_ctx: "integer",
  seed: "integer",
  top_k: "integer",
  top_p: "float32",
  min_p: "float32",
  temperature: "float32",
  repeat_penalty: "float32",
  presence_penalty: "float32",
  frequency_penalty: "float32",
  stop: "array",
};

/** https://docs.ollama.com/modelfile: options of unknown names are ignored. */
export function checkOptions(wire: JsonObject): void {
  const options = isObject(wire["options"]) ? wire["options"] : {};
  for (const [name, type] of Object.entries(OPTION_TYPES)) {
    const value = options[name];
    if (value === undefined || value === null) continue;
    const fits = type === "array" ? Array.isArray(value) : typeof value === "number";
    if (!fits) throw new OllamaRefusal(`option "${name}" must be of type ${type}`);
  }
}

export function limitsOf(wire: JsonObject): { stop: readonly string[]; maxTokens?: number } {
  const options = isObject(wire["options"]) ? wire["options"] : {};
  const stop = Array.isArray(options["stop"]) ? options["stop"].map(String) : [];
  const limit = options["num_predict"];
  return typeof limit === "number" && limit >= 0 ? { stop, maxTokens: limit } : { stop };
}

/** Images are bare base64. */
export function imagesOf(images: unknown): FileSeen[] {
  if (!Array.isArray(images)) return [];
  return images.map((image) => {
    const text = String(image);
    const bad = text.search(/[^A-Za-z0-9+/=]/);
    if (bad >= 0) throw new OllamaRefusal(`illegal base64 data at input byte ${bad}`);
    return { kind: "image", bytes: Buffer.from(text, "base64").length };
  });
}

export function outputOf(format: unknown): Output {
  if (format === undefined || format === null || format === "") return { type: "text" };
  if (format === "json") return { type: "json" };
  if (isObject(format)) return { type: "json-schema", schema: format };
  const told = JSON.stringify(format);
  throw new OllamaRefusal(`invalid format: ${told}; expected "json" or a valid JSON Schema object`);
}

const EFFORTS: ReadonlySet<unknown> = new Set(["low", "medium", "high"]);

/** Whether the model thinks: unless it is told not to. */
export function thinks(think: unknown): boolean {
  if (think === undefined || think === null || think === true || EFFORTS.has(think)) return true;
  if (think === false) return false;
  const told = JSON.stringify(think);
  throw new OllamaRefusal(
    `invalid think value: ${told} (must be "high", "medium", "low", true, or false)`,
  );
}

export const HEADERS: readonly HeaderLine[] = [["content-type", "application/json; charset=utf-8"]];
export const STREAM_HEADERS: readonly HeaderLine[] = [["content-type", "application/x-ndjson"]];
export const KEEP_ALIVE = utf8("\n");
/** With the nine digits of a second that Go writes. */
export const CREATED_AT = new Date(CREATED * 1000).toISOString().replace(".000Z", ".123456789Z");

const MESSAGES: Readonly<Record<number, (model: string) => string>> = {
  401: () => "unauthorized",
  404: (model) => `model '${model}' not found`,
  503: () => "server busy, please try again.  maximum pending requests exceeded",
};

/** The error Ollama answers with this status. */
export function ollamaStatusError(status: number, model: string): Reply {
  const message = MESSAGES[status]?.(model);
  if (message !== undefined) return ollamaError(status, message);
  return ollamaError(
    status,
    status < 500
      ? "the lab was asked to refuse this model's calls"
      : "llama runner process has terminated: exit status 2",
  );
}

/** This vendor has no word for a filter. */
export function doneReason(script: Script): string {
  return script.finish === "length" ? "length" : "stop";
}

/** Nanoseconds and counts; Go leaves out what is zero. */
export function metrics(script: Script): JsonObject {
  const { input, output } = script.usage;
  return {
    total_duration: 5_191_566_416,
    load_duration: 2_154_458,
    ...(input > 0 && { prompt_eval_count: input }),
    prompt_eval_duration: 383_809_000,
    ...(output > 0 && { eval_count: output }),
    eval_duration: 4_799_921_000,
  };
}

export function logprobOf(piece: string, top: number): JsonObject {
  const token = { token: piece, logprob: -0.125, bytes: [...utf8(piece)] };
  const others = Array.from({ length: top }, (_, at) => ({
    token: at === 0 ? piece : `other-${at}`,
    logprob: -0.125 - at,
  }));
  return others.length > 0 ? { ...token, top_logprobs: others } : token;
}
