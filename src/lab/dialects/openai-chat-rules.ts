import { utf8 } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import { randomness } from "../randomness.ts";
import type { ChatVendor, ModelRules } from "./chat-vendor.ts";
import { CHAT_MEMBERS } from "./openai-chat-shape.ts";
import { OpenAiRefusal } from "./openai-http.ts";

/** A message whose shape has been checked. */
export interface Message {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool" | "function";
  readonly content?: unknown;
  readonly tool_calls?: readonly { readonly id: string }[] | null;
  readonly tool_call_id?: string;
}

/** What a shape cannot say: members that need or exclude each other. */
export function checkChatRules(wire: JsonObject): void {
  checkStreamOptions(wire);
  checkToolUse(wire);
  checkOutput(wire);
  if (typeof wire["top_logprobs"] === "number" && wire["logprobs"] !== true) {
    throw new OpenAiRefusal({
      message: "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
      param: "top_logprobs",
    });
  }
  const messages = wire["messages"] as readonly Message[];
  checkToolMessages(messages);
  checkImages(messages);
}

export function checkStreamOptions(wire: JsonObject): void {
  if (isObject(wire["stream_options"]) && wire["stream"] !== true) {
    throw new OpenAiRefusal({
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      param: "stream_options",
    });
  }
}

function checkToolUse(wire: JsonObject): void {
  for (const name of ["tool_choice", "parallel_tool_calls"]) {
    if (wire[name] === undefined || wire["tools"] !== undefined) continue;
    throw new OpenAiRefusal({
      message: `Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`,
      param: name,
    });
  }
  const tools = Array.isArray(wire["tools"]) ? wire["tools"].filter(isObject) : [];
  tools.forEach((tool, index) => {
    checkParameters(tool["function"], index);
  });
  const choice = wire["tool_choice"];
  const chosen = isObject(choice) ? (choice["function"] ?? choice["custom"]) : undefined;
  if (!isObject(chosen)) return;
  const names = tools.map((tool) => tool["function"] ?? tool["custom"]).filter(isObject);
  if (names.some(({ name }) => name === chosen["name"])) return;
  throw new OpenAiRefusal({
    message: `Tool choice '${chosen["name"]}' not found in 'tools' parameter.`,
    param: "tool_choice",
  });
}

function checkParameters(declaration: unknown, index: number): void {
  if (!isObject(declaration) || !isObject(declaration["parameters"])) return;
  const { name, parameters, strict } = declaration;
  const type = isObject(parameters) ? parameters["type"] : undefined;
  const fault =
    type !== undefined && type !== "object"
      ? `schema must be a JSON Schema of 'type: "object"', got 'type: "${type}"'.`
      : strict === true && strictFault(parameters, "()");
  if (!fault) return;
  throw new OpenAiRefusal({
    message: `Invalid schema for function '${name}': ${fault}`,
    param: `tools[${index}].function.parameters`,
    code: "invalid_function_parameters",
  });
}

function checkOutput(wire: JsonObject): void {
  const format = wire["response_format"];
  if (!isObject(format)) return;
  if (format["type"] === "json_object" && !/json/i.test(JSON.stringify(wire["messages"]))) {
    throw new OpenAiRefusal({
      message:
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      param: "messages",
    });
  }
  const declared = format["json_schema"];
  if (!isObject(declared) || declared["strict"] !== true) return;
  const fault = strictFault(declared["schema"], "()");
  if (fault) {
    throw new OpenAiRefusal({
      message: `Invalid schema for response_format '${declared["name"]}': ${fault}`,
      param: "response_format",
    });
  }
}

/** https://platform.openai.com/docs/guides/structured-outputs#supported-schemas */
function strictFault(schema: unknown, context: string): string | undefined {
  if (!isObject(schema)) return undefined;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  if (schema["type"] === "object" || schema["properties"] !== undefined) {
    if (schema["additionalProperties"] !== false) {
      return `In context=${context}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const absent = Object.keys(properties).find((name) => !required.includes(name));
    if (absent !== undefined) {
      return `In context=${context}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${absent}'.`;
    }
  }
  const inner: (readonly [string, unknown])[] = Object.entries(properties).map(
    ([name, property]) => [`('properties', '${name}')`, property],
  );
  if (schema["items"] !== undefined) inner.push(["('items',)", schema["items"]]);
  for (const [where, child] of inner) {
    const fault = strictFault(child, where);
    if (fault) return fault;
  }
  return undefined;
}

function checkToolMessages(messages: readonly Message[]): void {
  let waiting = new Set<string>();
  messages.forEach((message, index) => {
    if (message.role === "tool") {
      if (waiting.delete(message.tool_call_id ?? "")) return;
      throw new OpenAiRefusal({
        message:
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        param: `messages.[${index}].role`,
      });
    }
    refuseUnanswered(waiting);
    waiting = new Set(message.tool_calls?.map(({ id }) => id));
  });
  refuseUnanswered(waiting);
}

function refuseUnanswered(waiting: ReadonlySet<string>): void {
  if (waiting.size === 0) return;
  throw new OpenAiRefusal({
    message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...waiting].join(", ")}`,
    param: "messages",
  });
}

const IMAGE_TYPES = /^data:image\/(png|jpe?g|gif|webp);base64,/;

function checkImages(messages: readonly Message[]): void {
  for (const { content } of messages) {
    for (const part of Array.isArray(content) ? content : []) {
      if (isObject(part) && isObject(part["image_url"]))
        checkImage(String(part["image_url"]["url"]));
    }
  }
}

function checkImage(url: string): void {
  if (/^https?:\/\//.test(url)) return;
  if (!url.startsWith("data:")) {
    throw new OpenAiRefusal({
      message: `Failed to download image from ${url}. Image URL is invalid.`,
      code: "invalid_image_url",
    });
  }
  if (!IMAGE_TYPES.test(url)) {
    throw new OpenAiRefusal({
      message:
        "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
      code: "invalid_image_format",
    });
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(url.slice(url.indexOf(",") + 1))) {
    throw new OpenAiRefusal({ message: "Invalid base64 image_url.", code: "invalid_base64" });
  }
}

const SWITCHED_OFF = ["temperature", "top_p", "logprobs", "top_logprobs"];

/** https://platform.openai.com/docs/guides/latest-model: with effort none they take options of old. */
const whileThinking =
  (byDefault: string) =>
  (wire: JsonObject): string | undefined => {
    if ((wire["reasoning_effort"] ?? byDefault) === "none") return undefined;
    const name = SWITCHED_OFF.find((member) => isSaid(wire[member]));
    return name && `Unsupported parameter: '${name}' is not supported with this model.`;
  };

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 1;
}

/** https://platform.openai.com/docs/guides/reasoning */
const OPENAI_RULES: readonly ModelRules[] = [
  {
    names: /^(?:o\d|gpt-5(?!.*chat))/,
    refuses: ["max_tokens", "logit_bias", "stop"],
    only: { presence_penalty: 0, frequency_penalty: 0 },
  },
  {
    names: /^(?:o\d|gpt-5(?![.\w]|.*chat))/,
    refuses: ["logprobs", "top_logprobs"],
    only: { temperature: 1, top_p: 1 },
  },
  { names: /^o\d/, efforts: ["low", "medium", "high"] },
  { names: /^gpt-5(?![.]|.*chat)/, efforts: ["minimal", "low", "medium", "high"] },
  { names: /^gpt-5\.1(?!.*chat)/, efforts: ["none", "low", "medium", "high"] },
  { names: /^gpt-5\.[245](?!.*chat)/, efforts: ["none", "low", "medium", "high", "xhigh"] },
  { names: /^gpt-5\.[124](?!.*chat)/, fault: whileThinking("none") },
  { names: /^gpt-5\.[5-9](?!.*chat)/, fault: whileThinking("medium") },
  { names: /^(?:gpt-3|gpt-4(?:$|-0\d{3}|-32k)|o[13]-mini)/, textOnly: true },
  { names: /^(?:gpt-[34]|chatgpt-|gpt-5.*chat)/, refuses: ["reasoning_effort"] },
];

/** Whoever has no table of its own answers as OpenAI does. */
export const OPENAI: ChatVendor = {
  name: "openai",
  path: /./,
  members: CHAT_MEMBERS,
  models: OPENAI_RULES,
};

/** Made-up but repeatable log probabilities: the pieces of the answer serve as its tokens. */
export function logprobsOf(
  pieces: readonly string[],
  alternatives: number | undefined,
): JsonObject | null {
  if (alternatives === undefined) return null;
  return { content: pieces.map((piece) => tokenOf(piece, alternatives)), refusal: null };
}

function tokenOf(piece: string, alternatives: number): JsonObject {
  const random = randomness(0, piece);
  const logprob = -random.fraction() / 2;
  const others = Array.from({ length: Math.max(0, alternatives - 1) }, (_, rank) =>
    entry(random.token(4), logprob - rank - 1),
  );
  const best = entry(piece, logprob);
  return { ...best, top_logprobs: alternatives === 0 ? [] : [best, ...others] };
}

function entry(token: string, logprob: number): JsonObject {
  return { token, logprob, bytes: [...utf8(token)] };
}
