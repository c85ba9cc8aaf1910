import { type JsonObject, unlessEmpty } from "../../../chat/json.ts";
import type { ChatRequest, ReasoningRequest, ResponseFormat } from "../../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { type Leftovers, leftovers } from "../../leftovers.ts";
import { decodeOptions, extraStreamOptions, OPTION_MEMBERS, seated } from "../options.ts";
import { decodeMessages } from "./messages.ts";
import {
  asksForFunctions,
  decodeFunctions,
  decodeTool,
  decodeToolChoice,
  FUNCTION_MEMBERS,
} from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

/** https://platform.openai.com/docs/api-reference/chat/create. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const tools = optionalArray(wire, "tools", "");
  const format = optionalObject(wire, "response_format", "");
  const effort = effortOf(wire);
  const choice = wire.tool_choice;
  const rest = leftovers();
  const messages = decodeMessages(requiredArray(wire, "messages", ""), rest);
  const isOld = asksForFunctions(wire);
  const extra = extraOf(wire, rest, isOld ? SEATED_WITH_FUNCTIONS : SEATED);
  return {
    kind: "chat",
    model: optionalString(wire, "model", "") ?? "",
    messages,
    ...(tools && { tools: objectsOf(tools, "tools", decodeTool) }),
    ...(choice !== undefined && choice !== null && { toolChoice: decodeToolChoice(choice) }),
    ...seated("parallelToolCalls", optionalBoolean(wire, "parallel_tool_calls", "")),
    ...(isOld && decodeFunctions(wire)),
    ...(format && { responseFormat: decodeResponseFormat(format) }),
    ...(effort && { reasoning: { effort } }),
    ...decodeOptions(wire),
    ...(asksLogprobs(wire) && {
      logprobs: { top: optionalInteger(wire, "top_logprobs", "") ?? 0 },
    }),
    ...seated("serviceTier", optionalString(wire, "service_tier", "")),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function asksLogprobs(wire: JsonObject): boolean {
  return optionalBoolean(wire, "logprobs", "") === true;
}

function decodeResponseFormat(wire: JsonObject): ResponseFormat {
  switch (requiredString(wire, "type", "response_format")) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json" };
    case "json_schema":
      return decodeJsonSchema(requiredObject(wire, "json_schema", "response_format"));
  }
  throw invalidField("response_format.type", "must be text, json_object or json_schema");
}

function decodeJsonSchema(wire: JsonObject): ResponseFormat {
  const at = "response_format.json_schema";
  const description = optionalString(wire, "description", at);
  const strict = optionalBoolean(wire, "strict", at);
  return {
    type: "json-schema",
    name: requiredString(wire, "name", at),
    schema: optionalObject(wire, "schema", at) ?? {},
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

type Effort = NonNullable<ReasoningRequest["effort"]>;

const EFFORTS = {
  none: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
} as const satisfies Record<Effort, Effort>;

/** A vendor's own word, unknown here, stays among the extra members. */
function effortOf(wire: JsonObject): Effort | undefined {
  const word = optionalString(wire, "reasoning_effort", "");
  return word !== undefined && isEffort(word) ? word : undefined;
}

function isEffort(word: string): word is Effort {
  return Object.hasOwn(EFFORTS, word);
}

const SEATED = new Set<string>([
  ...OPTION_MEMBERS,
  "model",
  "messages",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "reasoning_effort",
  "logprobs",
  "top_logprobs",
  "service_tier",
]);

const SEATED_WITH_FUNCTIONS: ReadonlySet<string> = new Set([...SEATED, ...FUNCTION_MEMBERS]);

function extraOf(
  wire: JsonObject,
  rest: Leftovers,
  seated: ReadonlySet<string>,
): JsonObject | undefined {
  const unseated = membersBeside(wire, seated);
  const inside = unlessEmpty(rest.all());
  const options = extraStreamOptions(wire);
  const effort = wire.reasoning_effort;
  const strangeEffort = typeof effort === "string" && !isEffort(effort);
  if (!unseated && !options && !strangeEffort && !inside) return undefined;
  return {
    ...unseated,
    ...inside,
    ...(options && { stream_options: options }),
    ...(strangeEffort && { reasoning_effort: effort }),
  };
}
