import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { AssistantPart } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { Path } from "../wire-format.ts";

/** The canonical parts of a message stand in several members of the wire's. */
export function wirePath(path: Path, request: JsonObject, chat: () => ChatRequest): Path {
  const [member, index] = path;
  if (member !== "messages") return path;
  const { messages, prompt: text } = request;
  if (!Array.isArray(messages)) return text === undefined ? path : ["prompt"];
  const [, , content, place, ...rest] = path;
  const wire: unknown = typeof index === "number" ? messages[index] : undefined;
  if (content !== "content" || typeof place !== "number" || !isJsonObject(wire)) return path;
  const parts: readonly AssistantPart[] = chat().messages[Number(index)]?.content ?? [];
  const part = parts[place];
  return part ? ["messages", Number(index), ...partPath(wire, parts, place, rest)] : path;
}

function partPath(
  wire: JsonObject,
  parts: readonly AssistantPart[],
  place: number,
  rest: Path,
): Path {
  const type = parts[place]?.type;
  const before = parts.slice(0, place);
  const nth = before.filter((part) => part.type === type).length;
  if (type === "reasoning") {
    if (Array.isArray(wire["reasoning_details"])) return ["reasoning_details", nth, ...rest];
    return [wire["reasoning_content"] ? "reasoning_content" : "reasoning"];
  }
  if (type === "tool-call") {
    const { tool_calls: calls } = wire;
    const isListed = Array.isArray(calls) && nth < calls.length;
    return isListed ? ["tool_calls", nth, ...rest] : ["function_call", ...rest];
  }
  const { content } = wire;
  const said = before.filter((part) => part.type !== "reasoning").length;
  const [first] = rest;
  if (typeof first === "string" && wire[first] !== undefined) return rest;
  if (Array.isArray(content) && said < content.length) return ["content", said, ...rest];
  return [type === "refusal" ? "refusal" : "content", ...rest];
}

/** Members that have two names, the one that is spoken of first. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  tools: "functions",
  tool_choice: "function_call",
  max_tokens: "max_completion_tokens",
  max_completion_tokens: "max_tokens",
};

/** The path under the name that the client used. */
export function ownPath(path: Path, own: JsonObject): Path {
  const [member, index, ...rest] = path;
  const other = typeof member === "string" ? OTHER_NAMES[member] : undefined;
  if (other === undefined || typeof member !== "string") return path;
  if (own[member] !== undefined || own[other] === undefined) return path;
  const inside = rest[0] === "function" ? rest.slice(1) : rest;
  return index === undefined ? [other] : [other, index, ...inside];
}
