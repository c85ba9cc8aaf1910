import { type JsonObject, unlessEmpty } from "../../../chat/json.ts";
import type {
  ChatRequest,
  Notice,
  ReasoningRequest,
  ResponseFormat,
} from "../../../chat/request.ts";
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
  withoutAbsent,
} from "../../fields.ts";
import { type Leftovers, leftovers, withoutPaths } from "../../leftovers.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import {
  decodeOptions,
  encodeOptions,
  extraStreamOptions,
  OPTION_MEMBERS,
  seated,
} from "../options.ts";
import { encodeMessages } from "./encode-messages.ts";
import { decodeMessages } from "./messages.ts";
import {
  asksForFunctions,
  decodeFunctions,
  decodeTool,
  decodeToolChoice,
  encodeToolChoice,
  encodeTools,
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

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const notices: Notice[] = [];
  const own = ownExtra(chat, notices) ?? {};
  const extra = withoutPaths(own);
  const effort = chat.reasoning && encodeEffort(chat.reasoning, notices);
  const wire = withoutAbsent({
    ...extra,
    model: chat.model === "" ? undefined : chat.model,
    messages: encodeMessages(chat.messages, own, notices),
    tools: chat.tools && encodeTools(chat.tools, notices),
    tool_choice: chat.toolChoice && encodeToolChoice(chat.toolChoice, chat.tools ?? []),
    parallel_tool_calls: chat.parallelToolCalls,
    response_format: chat.responseFormat && encodeResponseFormat(chat.responseFormat),
    reasoning_effort: effort ?? extra.reasoning_effort,
    ...encodeOptions(chat, extra),
    logprobs: chat.logprobs && true,
    top_logprobs: chat.logprobs && chat.logprobs.top > 0 ? chat.logprobs.top : undefined,
    service_tier: chat.serviceTier,
  });
  return { wire, notices };
}

function ownExtra(chat: ChatRequest, notices: Notice[]): JsonObject | undefined {
  if (!chat.extra || chat.extraFormat === FORMAT_NAME) return chat.extra;
  for (const field of Object.keys(chat.extra)) {
    notices.push({ kind: "dropped", field, reason: "OpenAI Chat has no such member." });
  }
  return undefined;
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema":
      return {
        type: "json_schema",
        json_schema: {
          name: format.name,
          ...(format.description !== undefined && { description: format.description }),
          schema: format.schema,
          ...(format.strict !== undefined && { strict: format.strict }),
        },
      };
  }
}

/** The effort whose usual allowance is nearest above the budget; OpenAI Chat takes no number. */
const EFFORT_BUDGETS = [
  { effort: "low", upToTokens: 1024 },
  { effort: "medium", upToTokens: 8192 },
  { effort: "high", upToTokens: Number.POSITIVE_INFINITY },
] as const;

function encodeEffort(reasoning: ReasoningRequest, notices: Notice[]): string | undefined {
  if (reasoning.includeText !== undefined) {
    const reason = "OpenAI Chat has no switch for showing the reasoning.";
    notices.push({ kind: "dropped", field: "reasoning.includeText", reason });
  }
  const { effort, budgetTokens } = reasoning;
  if (effort !== undefined) return effort;
  if (budgetTokens !== undefined) {
    const nearest = EFFORT_BUDGETS.find((row) => budgetTokens <= row.upToTokens);
    const reason = `OpenAI Chat takes an effort word, not a number of tokens: ${nearest?.effort}.`;
    notices.push({ kind: "approximated", field: "reasoning.budgetTokens", reason });
    return nearest?.effort;
  }
  if (reasoning.adaptive) {
    const reason = "OpenAI Chat decides by the model's own default when no effort is named.";
    notices.push({ kind: "approximated", field: "reasoning.adaptive", reason });
  }
  return undefined;
}
