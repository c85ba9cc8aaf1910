import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  requiredArray,
} from "../../fields.ts";
import { COHERE_OPTION_MEMBERS, decodeCohereOptions } from "../options.ts";
import { decodeMessages } from "./messages.ts";
import { decodeThinking } from "./reasoning.ts";
import { decodeTool, decodeToolChoice } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

const SEATED = new Set<string>([
  ...COHERE_OPTION_MEMBERS,
  "messages",
  "tools",
  "strict_tools",
  "tool_choice",
  "response_format",
  "thinking",
  "logprobs",
]);

/** https://docs.cohere.com/reference/chat. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const tools = optionalArray(wire, "tools", "");
  const strict = optionalBoolean(wire, "strict_tools", "");
  const toolChoice = decodeToolChoice(wire.tool_choice);
  const format = optionalObject(wire, "response_format", "");
  const thinking = optionalObject(wire, "thinking", "");
  const extra = membersBeside(wire, SEATED);
  return {
    kind: "chat",
    messages: decodeMessages(requiredArray(wire, "messages", "")),
    ...decodeCohereOptions(wire),
    ...(tools && { tools: objectsOf(tools, "tools", (tool, at) => decodeTool(tool, at, strict)) }),
    ...(toolChoice && { toolChoice }),
    ...(format && { responseFormat: decodeResponseFormat(format) }),
    ...(thinking && { reasoning: decodeThinking(thinking) }),
    ...(optionalBoolean(wire, "logprobs", "") && { logprobs: { top: 0 } }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

/** Cohere's schemas have no name. */
export const SCHEMA_NAME = "response";

function decodeResponseFormat(wire: JsonObject): ResponseFormat {
  if (wire.type === "text") return { type: "text" };
  if (wire.type !== "json_object") {
    throw invalidField("response_format.type", "must be text or json_object");
  }
  const schema =
    optionalObject(wire, "json_schema", "response_format") ??
    optionalObject(wire, "schema", "response_format");
  return schema ? { type: "json-schema", name: SCHEMA_NAME, schema } : { type: "json" };
}
