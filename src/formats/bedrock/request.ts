import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../chat/request.ts";
import {
  invalidField,
  isJsonArray,
  membersBeside,
  objectsOf,
  optionalArray,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredObject,
  requiredString,
} from "../fields.ts";
import { decodeModelFields } from "./families.ts";
import { decodeMessage, decodeSystem } from "./messages.ts";
import { decodeToolConfig } from "./tools.ts";
import { FORMAT_NAME, SEATED_MEMBERS, type Unseated } from "./wire.ts";

/** Throws `invalid_request` naming the member. Model and stream stand in the URL: the caller adds them. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const unseated: Record<string, Json> = {};
  const note: Unseated = (path, value) => {
    unseated[path] = value;
  };
  const system = optionalArray(wire, "system", "") ?? [];
  const messages = optionalArray(wire, "messages", "") ?? [];
  const toolConfig = optionalObject(wire, "toolConfig", "");
  const tier = optionalObject(wire, "serviceTier", "");
  const output = optionalObject(wire, "outputConfig", "") ?? {};
  const fields = decodeModelFields(
    optionalObject(wire, "additionalModelRequestFields", "") ?? {},
    optionalString(output, "effort", "outputConfig"),
  );
  const extra = {
    ...membersBeside(wire, SEATED_MEMBERS),
    ...(fields.rest && { additionalModelRequestFields: fields.rest }),
  };
  return {
    kind: "chat",
    model: "",
    messages: [
      ...decodeSystem(
        objectsOf(system, "system", (block) => block),
        "system",
        note,
      ),
      ...objectsOf(messages, "messages", (message, at) => decodeMessage(message, at, note)).flat(),
    ],
    ...(toolConfig && decodeToolConfig(toolConfig)),
    ...fields.request,
    ...decodeTextFormat(output),
    ...decodeInference(optionalObject(wire, "inferenceConfig", "") ?? {}),
    ...(tier && { serviceTier: requiredString(tier, "type", "serviceTier") }),
    stream: false,
    ...extraMembers({ ...extra, ...unseated }),
  };
}

function extraMembers(extra: JsonObject): Pick<ChatRequest, "extra" | "extraFormat"> {
  return Object.keys(extra).length === 0 ? {} : { extra, extraFormat: FORMAT_NAME };
}

function decodeInference(
  config: JsonObject,
): Pick<ChatRequest, "maxTokens" | "temperature" | "topP" | "stop"> {
  const at = "inferenceConfig";
  const maxTokens = optionalInteger(config, "maxTokens", at);
  const temperature = optionalNumber(config, "temperature", at);
  const topP = optionalNumber(config, "topP", at);
  const stop = optionalArray(config, "stopSequences", at);
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop && { stop: stop.map(stopWord) }),
  };
}

function stopWord(value: Json, i: number): string {
  if (typeof value === "string") return value;
  throw invalidField(`inferenceConfig.stopSequences[${i}]`, "must be a string");
}

function decodeTextFormat(output: JsonObject): { responseFormat?: ResponseFormat } {
  const format = optionalObject(output, "textFormat", "outputConfig");
  if (!format) return {};
  const at = "outputConfig.textFormat.structure";
  const structure = requiredObject(format, "structure", "outputConfig.textFormat");
  const definition = requiredObject(structure, "jsonSchema", at);
  const description = optionalString(definition, "description", `${at}.jsonSchema`);
  return {
    responseFormat: {
      type: "json-schema",
      name: optionalString(definition, "name", `${at}.jsonSchema`) ?? "answer",
      schema: schemaOf(requiredString(definition, "schema", `${at}.jsonSchema`)),
      ...(description !== undefined && { description }),
    },
  };
}

/** The schema travels as text. */
function schemaOf(text: string): JsonObject {
  const at = "outputConfig.textFormat.structure.jsonSchema.schema";
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw invalidField(at, "must be JSON");
  }
  if (isJsonObject(schema) && !isJsonArray(schema)) return schema;
  throw invalidField(at, "must be the JSON of an object");
}
