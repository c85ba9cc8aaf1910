import type { Json, JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
} from "../fields.ts";
import { decodeContents, decodeSystem } from "./messages.ts";
import { decodeSchema } from "./schema.ts";
import { decodeThinking } from "./thinking.ts";
import { decodeToolChoice, decodeTools, hasOwnMembers } from "./tools.ts";
import { clientKeys, FORMAT_NAME, present } from "./wire.ts";

/**
 * https://ai.google.dev/api/generate-content, in camelCase or snake_case. Model and streaming are
 * the URL's (`readGeneratePath`); they are read from members of those names where somebody put them
 * there. Throws `invalid_request` naming the member.
 */
export function decodeRequest(written: JsonObject): ChatRequest {
  const wire = clientKeys(written, "");
  const config = clientKeys(optionalObject(wire, "generationConfig", "") ?? {}, CONFIG);
  const toolConfig = clientKeys(optionalObject(wire, "toolConfig", "") ?? {}, "toolConfig");
  const thinking = optionalObject(config, "thinkingConfig", CONFIG);
  const system = isAbsent(wire.systemInstruction)
    ? undefined
    : decodeSystem(wire.systemInstruction);
  const extra = extraOf(wire, config, toolConfig);
  return {
    kind: "chat",
    model: optionalString(wire, "model", "") ?? "",
    messages: [...(system ? [system] : []), ...decodeContents(wire.contents ?? null)],
    ...(!isAbsent(wire.tools) && { tools: decodeTools(wire.tools) }),
    ...present("toolChoice", decodeToolChoice(toolConfig)),
    ...present("responseFormat", decodeResponseFormat(config)),
    ...present("reasoning", thinking && decodeThinking(thinking)),
    ...decodeOptions(config),
    ...present("serviceTier", optionalString(wire, "serviceTier", "")),
    stream: optionalBoolean(wire, "stream", "") ?? false,
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

const CONFIG = "generationConfig";

function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function decodeOptions(config: JsonObject): Partial<ChatRequest> {
  const stop = optionalArray(config, "stopSequences", CONFIG)?.map((word, i) => {
    if (typeof word === "string") return word;
    throw invalidField(`${CONFIG}.stopSequences[${i}]`, "must be a string");
  });
  const asksLogprobs = optionalBoolean(config, "responseLogprobs", CONFIG) === true;
  const top = optionalInteger(config, "logprobs", CONFIG) ?? 0;
  return {
    ...present("maxTokens", optionalInteger(config, "maxOutputTokens", CONFIG)),
    ...present("temperature", optionalNumber(config, "temperature", CONFIG)),
    ...present("topP", optionalNumber(config, "topP", CONFIG)),
    ...present("topK", optionalNumber(config, "topK", CONFIG)),
    ...present("stop", stop),
    ...present("seed", optionalInteger(config, "seed", CONFIG)),
    ...present("presencePenalty", optionalNumber(config, "presencePenalty", CONFIG)),
    ...present("frequencyPenalty", optionalNumber(config, "frequencyPenalty", CONFIG)),
    ...present("choiceCount", optionalInteger(config, "candidateCount", CONFIG)),
    ...(asksLogprobs && { logprobs: { top } }),
  };
}

/** A schema has no name of its own here. */
const SCHEMA_NAME = "response";

function decodeResponseFormat(config: JsonObject): ResponseFormat | undefined {
  const type = optionalString(config, "responseMimeType", CONFIG);
  if (type === "text/plain") return { type: "text" };
  if (type !== "application/json") return undefined;
  const openApi = optionalObject(config, "responseSchema", CONFIG);
  const schema = jsonSchemaOf(config) ?? (openApi && decodeSchema(openApi));
  return schema ? { type: "json-schema", name: SCHEMA_NAME, schema } : { type: "json" };
}

/** The public API's reference writes it with an underscore before it, which `camelKeys` takes for a capital. */
function jsonSchemaOf(config: JsonObject): JsonObject | undefined {
  return (
    optionalObject(config, "responseJsonSchema", CONFIG) ??
    optionalObject(config, "ResponseJsonSchema", CONFIG)
  );
}

const SEATED = new Set([
  "model",
  "stream",
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "serviceTier",
]);

const SEATED_CONFIG = new Set([
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "stopSequences",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "candidateCount",
  "responseLogprobs",
  "logprobs",
  "thinkingConfig",
]);

const SEATED_FORMAT = new Set([
  ...SEATED_CONFIG,
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "ResponseJsonSchema",
]);

const SEATED_TOOL_CONFIG = new Set(["functionCallingConfig"]);

/** Another answer type than JSON or plain text keeps its schema beside it. */
function extraOf(
  wire: JsonObject,
  config: JsonObject,
  toolConfig: JsonObject,
): JsonObject | undefined {
  const seated = decodeResponseFormat(config) ? SEATED_FORMAT : SEATED_CONFIG;
  const extra = {
    ...membersBeside(wire, SEATED),
    ...present("generationConfig", membersBeside(config, seated)),
    ...present("toolConfig", membersBeside(toolConfig, SEATED_TOOL_CONFIG)),
  };
  return hasOwnMembers(extra) ? extra : undefined;
}
