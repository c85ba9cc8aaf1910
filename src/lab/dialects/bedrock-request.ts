import type { HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import type { FileSeen, Output, Question, Tool, Turn } from "../question.ts";
import { check } from "./bedrock-check.ts";
import { BedrockRefusal } from "./bedrock-http.ts";
import { checkModel } from "./bedrock-models.ts";
import { checkConversation, type WireMessage } from "./bedrock-rules.ts";
import { CONVERSE_SHAPE } from "./bedrock-shape.ts";

/** A Converse request that Bedrock would take, in the lab's terms. */
export interface ConverseRequest {
  readonly question: Question;
  /** A guardrail watches, and says so when it steps in. */
  readonly guarded: boolean;
  readonly tier: string | undefined;
}

export function readConverseRequest(
  request: HttpRequest,
  model: string,
  lenient: boolean,
): ConverseRequest {
  const wire = readJson(request);
  check(wire, CONVERSE_SHAPE, "", { lenient });
  const messages = listOf(wire["messages"]) as unknown as readonly WireMessage[];
  const toolConfig = isObject(wire["toolConfig"]) ? wire["toolConfig"] : undefined;
  checkConversation(messages, toolConfig !== undefined);
  checkModel(wire, messages, model);
  const inference = isObject(wire["inferenceConfig"]) ? wire["inferenceConfig"] : {};
  const maxTokens = inference["maxTokens"];
  const tier = isObject(wire["serviceTier"]) ? String(wire["serviceTier"]["type"]) : undefined;
  return {
    guarded: isObject(wire["guardrailConfig"]),
    tier,
    question: {
      turns: [...systemTurns(wire["system"]), ...messages.flatMap(turnsOf)],
      tools: toolsOf(toolConfig),
      toolChoice: toolChoiceOf(toolConfig?.["toolChoice"]),
      parallelTools: !isSerial(wire["additionalModelRequestFields"]),
      output: outputOf(wire["outputConfig"]),
      stop: listOfStrings(inference["stopSequences"]),
      ...(typeof maxTokens === "number" ? { maxTokens } : {}),
    },
  };
}

function readJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") {
    throw new BedrockRefusal(
      "Unable to determine service/operation name to be authorized",
      "UnknownOperationException",
      404,
    );
  }
  const body = jsonOf(request.body);
  if (isObject(body)) return body;
  throw new BedrockRefusal("The request body is not a JSON object.", "SerializationException");
}

function systemTurns(system: unknown): readonly Turn[] {
  const texts = listOf(system)
    .map(textOf)
    .filter((text) => text !== undefined);
  return texts.map((text) => ({ role: "system", text, files: [] }));
}

/** Results of tools are turns of their own to the lab. */
function turnsOf({ role, content }: WireMessage): readonly Turn[] {
  const results = content.map((block) => block["toolResult"]).filter(isObject);
  const said = content.filter((block) => !block["toolResult"] && !block["cachePoint"]);
  const turn: Turn = {
    role,
    text: said
      .map(textOf)
      .filter((text) => text !== undefined)
      .join("\n"),
    files: said.map(fileOf).filter((file) => file !== undefined),
  };
  return [...results.map(resultTurn), ...(said.length > 0 ? [turn] : [])];
}

function resultTurn(result: JsonObject): Turn {
  const content = listOf(result["content"]);
  return {
    role: "tool",
    text: content
      .map((block) => textOf(block) ?? (block["json"] ? JSON.stringify(block["json"]) : undefined))
      .filter((text) => text !== undefined)
      .join("\n"),
    files: content.map(fileOf).filter((file) => file !== undefined),
  };
}

function textOf(block: JsonObject): string | undefined {
  const guarded = isObject(block["guardContent"]) ? block["guardContent"]["text"] : undefined;
  if (isObject(guarded)) return String(guarded["text"]);
  const cited = block["citationsContent"];
  if (isObject(cited)) return listOf(cited["content"]).map(textOf).join("");
  return typeof block["text"] === "string" ? block["text"] : undefined;
}

const KINDS = { image: "image", audio: "audio", document: "file", video: "file" } as const;
type MediaMember = keyof typeof KINDS;

function fileOf(block: JsonObject): FileSeen | undefined {
  for (const member of Object.keys(KINDS) as MediaMember[]) {
    const inner = block[member];
    if (!isObject(inner) || !isObject(inner["source"])) continue;
    const { bytes, text, s3Location } = inner["source"];
    if (isObject(s3Location)) return { kind: KINDS[member], url: String(s3Location["uri"]) };
    const size =
      typeof bytes === "string" ? Buffer.from(bytes, "base64").length : String(text).length;
    return { kind: KINDS[member], mediaType: `${member}/${inner["format"]}`, bytes: size };
  }
  return undefined;
}

function toolsOf(toolConfig: JsonObject | undefined): readonly Tool[] {
  return listOf(toolConfig?.["tools"])
    .map((tool) => tool["toolSpec"])
    .filter(isObject)
    .map((spec) => ({
      name: String(spec["name"]),
      schema: (isObject(spec["inputSchema"]) && spec["inputSchema"]["json"]) || { type: "object" },
    }));
}

function toolChoiceOf(choice: unknown): Question["toolChoice"] {
  if (!isObject(choice)) return "auto";
  if (isObject(choice["tool"])) return { name: String(choice["tool"]["name"]) };
  return choice["any"] ? "required" : "auto";
}

/** Claude's own switch, among the fields that Bedrock hands on. */
function isSerial(fields: unknown): boolean {
  const choice = isObject(fields) ? fields["tool_choice"] : undefined;
  return isObject(choice) && choice["disable_parallel_tool_use"] === true;
}

function outputOf(config: unknown): Output {
  const format = isObject(config) ? config["textFormat"] : undefined;
  const structure = isObject(format) ? format["structure"] : undefined;
  const definition = isObject(structure) ? structure["jsonSchema"] : undefined;
  if (!isObject(definition)) return { type: "text" };
  try {
    return { type: "json-schema", schema: JSON.parse(String(definition["schema"])) };
  } catch {
    throw new BedrockRefusal("The JSON schema in outputConfig.textFormat is not valid JSON.");
  }
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function listOfStrings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
