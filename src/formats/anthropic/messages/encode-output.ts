import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, ResponseFormat } from "../../../chat/request.ts";
import type { ClaudeTraits } from "../../claude/models.ts";
import type { NoticeList } from "../../notice-list.ts";
import { nativeSchema } from "./native-schema.ts";
import { inputSchema } from "./tools.ts";
import { JSON_TOOL } from "./wire.ts";

/** How a JSON answer is asked for. */
export type JsonOutput =
  | { readonly by: "format"; readonly format: JsonObject }
  | { readonly by: "tool"; readonly tool: JsonObject }
  | { readonly by: "prompt"; readonly text: string };

const ANY_OBJECT: JsonObject = { type: "object", additionalProperties: true };

/**
 * Structured output where the model has it. Elsewhere, and for JSON of no schema, a tool whose
 * input is the answer, which the decoder unwraps; or plain words where no tool can be forced.
 */
export function jsonOutput(
  chat: ChatRequest,
  traits: ClaudeTraits,
  list: NoticeList,
): JsonOutput | undefined {
  const { responseFormat } = chat;
  if (!responseFormat || responseFormat.type === "text") return undefined;
  if (responseFormat.type === "json-schema" && traits.structuredOutput) {
    return { by: "format", format: nativeFormat(responseFormat, list) };
  }
  const chosen = chat.toolChoice?.type;
  if (!traits.forcedTools || chosen === "tool" || !isOfObjects(responseFormat)) {
    list.approximated("response_format", "The model is told in words to answer with JSON.");
    return { by: "prompt", text: instruction(responseFormat) };
  }
  list.approximated(
    "response_format",
    `The answer is asked for as input of the tool ${JSON_TOOL}.`,
  );
  return { by: "tool", tool: jsonTool(responseFormat, list) };
}

/** A tool's input is an object. */
function isOfObjects(format: ResponseFormat): boolean {
  if (format.type !== "json-schema") return true;
  return [format.schema.type ?? "object"].flat().includes("object");
}

function instruction(format: ResponseFormat): string {
  if (format.type !== "json-schema") return "Answer with one JSON object and nothing else.";
  return `Answer with JSON by this schema and nothing else: ${JSON.stringify(format.schema)}`;
}

function nativeFormat(
  format: Extract<ResponseFormat, { type: "json-schema" }>,
  list: NoticeList,
): JsonObject {
  const at = "response_format.json_schema";
  if (format.description !== undefined) {
    list.dropped(`${at}.description`, "Anthropic's output format has no description.");
  }
  const schema = nativeSchema(format.schema);
  if (schema !== format.schema) {
    const reason =
      "Objects are closed, and bounds Anthropic does not enforce stand in descriptions.";
    list.approximated(`${at}.schema`, reason);
  }
  return { type: "json_schema", schema };
}

function jsonTool(format: Exclude<ResponseFormat, { type: "text" }>, list: NoticeList): JsonObject {
  const description = "Gives the answer. Call it once, with the whole answer as its input.";
  if (format.type === "json") return { name: JSON_TOOL, description, input_schema: ANY_OBJECT };
  const told =
    format.description === undefined ? description : `${description} ${format.description}`;
  const schema = inputSchema(format.schema, "response_format.json_schema.schema", list);
  return { name: JSON_TOOL, description: told, input_schema: schema };
}

/** With tools of the client's own beside it, the model must call one or the other. */
export function jsonToolChoice(hasOtherTools: boolean): JsonObject {
  const choice = hasOtherTools ? { type: "any" } : { type: "tool", name: JSON_TOOL };
  return { ...choice, disable_parallel_tool_use: true };
}
