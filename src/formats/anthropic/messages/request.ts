import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { SystemMessage } from "../../../chat/message.ts";
import type { ChatRequest, ReasoningRequest, ResponseFormat } from "../../../chat/request.ts";
import {
  invalidField,
  membersBeside,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { type Leftovers, leftovers } from "../../leftovers.ts";
import { decodeTextContent } from "./content.ts";
import { decodeMessages } from "./messages.ts";
import { decodeTool, decodeToolChoice } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

/** https://platform.claude.com/docs/en/api/messages/create. Throws `invalid_request` naming the member. */
export function decodeRequest(wire: JsonObject): ChatRequest {
  const rest = leftovers();
  const tools = optionalArray(wire, "tools", "");
  const choice = optionalObject(wire, "tool_choice", "");
  const stream = optionalBoolean(wire, "stream", "") ?? false;
  const decoded: ChatRequest = {
    kind: "chat",
    model: optionalString(wire, "model", "") ?? "",
    messages: [
      ...decodeSystem(wire.system, rest),
      ...decodeMessages(requiredArray(wire, "messages", ""), rest),
    ],
    ...(tools && { tools: objectsOf(tools, "tools", (tool, at) => decodeTool(tool, at, rest)) }),
    ...(choice && decodeToolChoice(choice)),
    ...decodeOutput(wire),
    ...decodeOptions(wire),
    stream,
    // A stream of this dialect always ends with a usage report.
    ...(stream && { includeUsage: true }),
  };
  const extra = extraOf(wire, rest);
  return extra ? { ...decoded, extra, extraFormat: FORMAT_NAME } : decoded;
}

function decodeSystem(value: Json | undefined, rest: Leftovers): SystemMessage[] {
  if (value === undefined || value === null || value === "") return [];
  const content = decodeTextContent(value, "system", rest);
  return content.length === 0 ? [] : [{ role: "system", content }];
}

function decodeOptions(wire: JsonObject): Partial<ChatRequest> {
  const temperature = optionalNumber(wire, "temperature", "");
  const topP = optionalNumber(wire, "top_p", "");
  const topK = optionalInteger(wire, "top_k", "");
  const stop = optionalArray(wire, "stop_sequences", "");
  const user = optionalString(optionalObject(wire, "metadata", "") ?? {}, "user_id", "metadata");
  const tier = optionalString(wire, "service_tier", "");
  const maxTokens = optionalInteger(wire, "max_tokens", "");
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop && { stop: stop.map(decodeStop) }),
    ...(user !== undefined && { user }),
    ...(tier !== undefined && { serviceTier: tier === "standard_only" ? "default" : tier }),
  };
}

function decodeStop(word: Json, i: number): string {
  if (typeof word === "string") return word;
  throw invalidField(`stop_sequences[${i}]`, "must be a string");
}

/** What `output_config` and `thinking` ask for: effort stands in one, the rest in the other. */
function decodeOutput(wire: JsonObject): Pick<ChatRequest, "responseFormat" | "reasoning"> {
  const output = optionalObject(wire, "output_config", "") ?? {};
  const format =
    optionalObject(output, "format", "output_config") ?? optionalObject(wire, "output_format", "");
  const reasoning = decodeReasoning(wire, effortOf(output));
  return {
    ...(format && { responseFormat: decodeFormat(format) }),
    ...(reasoning && { reasoning }),
  };
}

function decodeFormat(wire: JsonObject): ResponseFormat {
  const at = "output_config.format";
  if (requiredString(wire, "type", at) !== "json_schema") {
    throw invalidField(`${at}.type`, "must be json_schema");
  }
  return { type: "json-schema", name: "output", schema: requiredObject(wire, "schema", at) };
}

type Effort = NonNullable<ReasoningRequest["effort"]>;

const EFFORTS = {
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
} as const satisfies Record<string, Effort>;

function isEffort(word: string): word is keyof typeof EFFORTS {
  return Object.hasOwn(EFFORTS, word);
}

function effortOf(output: JsonObject): Effort | undefined {
  const word = optionalString(output, "effort", "output_config");
  if (word === undefined || isEffort(word)) return word;
  throw invalidField("output_config.effort", "must be low, medium, high, xhigh or max");
}

function decodeReasoning(
  wire: JsonObject,
  effort: Effort | undefined,
): ReasoningRequest | undefined {
  const thinking = optionalObject(wire, "thinking", "");
  const asked = effort === undefined ? undefined : { effort };
  if (!thinking) return asked;
  switch (requiredString(thinking, "type", "thinking")) {
    case "disabled":
      return { effort: "none" };
    case "between_tools":
      return asked;
    case "adaptive":
      return { adaptive: true, ...asked, ...shownText(thinking) };
    case "enabled": {
      const budgetTokens = optionalInteger(thinking, "budget_tokens", "thinking");
      if (budgetTokens === undefined) throw invalidField("thinking.budget_tokens", "is required");
      return { budgetTokens, ...asked, ...shownText(thinking) };
    }
  }
  throw invalidField("thinking.type", "must be enabled, disabled, adaptive or between_tools");
}

function shownText(thinking: JsonObject): { readonly includeText?: boolean } {
  const display = optionalString(thinking, "display", "thinking");
  return display === undefined ? {} : { includeText: display !== "omitted" };
}

const SEATED = new Set([
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "max_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "service_tier",
  "stream",
  "thinking",
  "output_config",
  "output_format",
]);
const USER = new Set(["user_id"]);
const OUTPUT = new Set(["format", "effort"]);

function extraOf(wire: JsonObject, rest: Leftovers): JsonObject | undefined {
  const inside = (member: Json | undefined, seated: ReadonlySet<string>) =>
    isJsonObject(member) ? membersBeside(member, seated) : undefined;
  const metadata = inside(wire.metadata, USER);
  const output = inside(wire.output_config, OUTPUT);
  const { thinking } = wire;
  const extra = {
    ...membersBeside(wire, SEATED),
    ...(metadata && { metadata }),
    ...(output && { output_config: output }),
    ...(isJsonObject(thinking) && thinking.type === "between_tools" && { thinking }),
    ...rest.all(),
  };
  return Object.keys(extra).length === 0 ? undefined : extra;
}
