import { isObject, type JsonObject } from "../json-schema.ts";
import { badMember, GeminiRefusal } from "./gemini-http.ts";

/** What the definition allows and Google refuses still. Members have their snake_case names. */
export function checkGeminiRules(wire: JsonObject, model: string): void {
  const contents = objects(wire["contents"]);
  if (contents.length === 0) {
    throw new GeminiRefusal(400, "* GenerateContentRequest.contents: contents is not specified\n");
  }
  contents.forEach(checkContent);
  const system = isObject(wire["system_instruction"]) ? wire["system_instruction"] : {};
  checkParts(objects(system["parts"]), "GenerateContentRequest.system_instruction.parts");
  checkRoles(contents);
  checkCalls(contents, model);
  const config = isObject(wire["generation_config"]) ? wire["generation_config"] : {};
  checkConfig(config);
  checkCalling(wire);
  checkJsonBesideTools(wire, config, model);
  objects(wire["tools"]).forEach((tool, i) => {
    objects(tool["function_declarations"]).forEach((declared, k) => {
      checkFunction(declared, `tools[${i}].function_declarations[${k}]`);
    });
  });
}

export function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

const PART_DATA = [
  "text",
  "inline_data",
  "file_data",
  "function_call",
  "function_response",
  "executable_code",
  "code_execution_result",
  "tool_call",
  "tool_response",
  "thought_signature",
] as const;

function checkContent(content: JsonObject, index: number): void {
  const role = content["role"];
  if (role !== undefined && role !== "user" && role !== "model") {
    throw new GeminiRefusal(400, "Please use a valid role: user, model.");
  }
  const parts = objects(content["parts"]);
  const at = `GenerateContentRequest.contents[${index}].parts`;
  if (parts.length === 0) {
    throw new GeminiRefusal(400, `* ${at}: contents.parts must not be empty.\n`);
  }
  checkParts(parts, at);
}

/** An empty text is no data: in this definition it is the same as none. */
function checkParts(parts: readonly JsonObject[], at: string): void {
  parts.forEach((part, i) => {
    if (!PART_DATA.some((name) => part[name] !== undefined && part[name] !== "")) {
      const words = "required oneof field 'data' must have one initialized field";
      throw new GeminiRefusal(400, `* ${at}[${i}].data: ${words}\n`);
    }
    const file = part["inline_data"] ?? part["file_data"];
    if (isObject(file) && (typeof file["mime_type"] !== "string" || file["mime_type"] === "")) {
      throw new GeminiRefusal(400, `* ${at}[${i}]: mimeType must be set\n`);
    }
  });
}

function checkRoles(contents: readonly JsonObject[]): void {
  if (contents.length === 1 && contents[0]?.["role"] === "model") {
    throw new GeminiRefusal(
      400,
      "Please ensure that single turn requests end with a user role or the role field is empty.",
    );
  }
  contents.forEach((content, i) => {
    const before = contents[i - 1];
    if (count(content, "function_call") === 0 || (before && before["role"] !== "model")) return;
    throw new GeminiRefusal(
      400,
      "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
    );
  });
}

/** https://ai.google.dev/gemini-api/docs/structured-output: Gemini 3 takes both. */
const JSON_BESIDE_TOOLS = /gemini-(?:[3-9]|[1-9]\d)/;

function checkJsonBesideTools(wire: JsonObject, config: JsonObject, model: string): void {
  const type = config["response_mime_type"];
  if (type !== "application/json" || objects(wire["tools"]).length === 0) return;
  if (JSON_BESIDE_TOOLS.test(model)) return;
  throw new GeminiRefusal(
    400,
    "Function calling with a response mime type: 'application/json' is unsupported",
  );
}

/** As many results as there were calls, in the turn that follows them. */
function checkCalls(contents: readonly JsonObject[], model: string): void {
  const lastQuestion = contents.findLastIndex(
    (content) => content["role"] !== "model" && count(content, "function_response") === 0,
  );
  contents.forEach((content, i) => {
    const results = count(content, "function_response");
    const before = contents[i - 1];
    if (results > 0 && (before === undefined || count(before, "function_call") === 0)) {
      throw new GeminiRefusal(
        400,
        "Please ensure that function response turn comes immediately after a function call turn.",
      );
    }
    if (results > 0 && before && count(before, "function_call") !== results) {
      throw new GeminiRefusal(
        400,
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    }
    if (i > lastQuestion && model.includes("gemini-3")) checkSignature(content, i);
  });
}

function count(content: JsonObject, member: string): number {
  return objects(content["parts"]).filter((part) => part[member] !== undefined).length;
}

/** https://ai.google.dev/gemini-api/docs/thought-signatures */
function checkSignature(content: JsonObject, index: number): void {
  const first = objects(content["parts"]).find((part) => part["function_call"] !== undefined);
  if (!first || first["thought_signature"] !== undefined) return;
  const call = isObject(first["function_call"]) ? first["function_call"] : {};
  throw new GeminiRefusal(
    400,
    `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${call["name"]}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
  );
}

const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  candidate_count: [1, 8],
  temperature: [0, 2],
  top_p: [0, 1],
  max_output_tokens: [1, 65_536],
  presence_penalty: [-2, 2],
  frequency_penalty: [-2, 2],
  logprobs: [0, 20],
};

function checkConfig(config: JsonObject): void {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = config[name];
    if (typeof value !== "number" || (value >= least && value <= most)) continue;
    const at = `GenerateContentRequest.generation_config.${name}`;
    throw new GeminiRefusal(400, `* ${at}: must be in the range [${least}, ${most}]\n`);
  }
  if (Array.isArray(config["stop_sequences"]) && config["stop_sequences"].length > 5) {
    throw new GeminiRefusal(400, "The number of stop sequences must be at most 5.");
  }
  const thinking = isObject(config["thinking_config"]) ? config["thinking_config"] : {};
  if (thinking["thinking_budget"] !== undefined && thinking["thinking_level"] !== undefined) {
    throw new GeminiRefusal(
      400,
      "You can only set only one of thinking budget and thinking level.",
    );
  }
  const schema = config["response_schema"];
  if (schema === undefined && config["response_json_schema"] === undefined) return;
  if (config["response_mime_type"] !== "application/json") {
    const type = config["response_mime_type"] ?? "text/plain";
    const words = `A response schema needs the mime type application/json, not ${type}.`;
    throw new GeminiRefusal(400, words);
  }
  if (isObject(schema)) checkSchema(schema, "generation_config.response_schema");
}

function checkCalling(wire: JsonObject): void {
  const config = isObject(wire["tool_config"]) ? wire["tool_config"] : {};
  if (config["function_calling_config"] === undefined) return;
  const declared = objects(wire["tools"]).flatMap((tool) => objects(tool["function_declarations"]));
  if (declared.length > 0) return;
  throw new GeminiRefusal(400, "Function calling config is set without function_declarations.");
}

function checkFunction(declared: JsonObject, at: string): void {
  if (!/^[a-zA-Z_][\w.:-]{0,63}$/.test(String(declared["name"] ?? ""))) {
    const words =
      "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.";
    throw new GeminiRefusal(400, `* GenerateContentRequest.${at}.name: ${words}\n`);
  }
  const { parameters, parameters_json_schema: json } = declared;
  if (parameters !== undefined && json !== undefined) {
    throw badMember(
      at,
      `Invalid value at '${at}' (oneof), oneof field 'parameters' is already set.`,
    );
  }
  if (isObject(parameters)) checkSchema(parameters, `${at}.parameters`);
}

function checkSchema(schema: JsonObject, at: string): void {
  const say = (where: string, words: string) =>
    new GeminiRefusal(400, `* GenerateContentRequest.${at}${where}: ${words}\n`);
  const { type, format, properties, items, any_of: branches } = schema;
  const isPlace = type !== undefined || branches !== undefined;
  if (!isPlace) throw say("", "schema must specify a type or any_of");
  if (type === "STRING" && format !== undefined && format !== "enum" && format !== "date-time") {
    throw say(".format", "only 'enum' and 'date-time' are supported for STRING type");
  }
  if (schema["enum"] !== undefined && type !== "STRING") {
    throw say(".enum", "only allowed for STRING type");
  }
  if (Array.isArray(schema["enum"]) && schema["enum"].includes("")) {
    throw say(`.enum[${schema["enum"].indexOf("")}]`, "cannot be empty");
  }
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required.findIndex((name) => !isObject(properties) || !(name in properties));
  if (missing >= 0) throw say(`.required[${missing}]`, "property is not defined");
  if (type === "ARRAY" && !isObject(items)) throw say(".items", "missing field.");
  if (type === "OBJECT" && (!isObject(properties) || Object.keys(properties).length === 0)) {
    throw say(".properties", "should be non-empty for OBJECT type");
  }
  if (isObject(items)) checkSchema(items, `${at}.items`);
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    if (isObject(property)) checkSchema(property, `${at}.properties[${name}]`);
  }
  objects(branches).forEach((branch, i) => {
    checkSchema(branch, `${at}.any_of[${i}]`);
  });
}
