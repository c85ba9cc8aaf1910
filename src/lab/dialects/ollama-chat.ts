import { isObject, type JsonObject } from "../json-schema.ts";
import type { Question, Tool, Turn } from "../question.ts";
import { argumentsOf, type Script, type ScriptedCall, wordsOf } from "../scenario.ts";
import { ollamaDialect } from "./ollama-dialect.ts";
import {
  imagesOf,
  limitsOf,
  logprobOf,
  OllamaRefusal,
  outputOf,
  unmarshal,
} from "./ollama-http.ts";

/** https://docs.ollama.com/api/chat */
export const ollamaChat = ollamaDialect({
  name: "ollama-chat",
  path: "/api/chat",
  struct: "ChatRequest",
  members: [
    { field: "model", type: "string" },
    { field: "messages", type: "[]api.Message" },
    { field: "stream", type: "bool" },
    { field: "tools", type: "api.Tools" },
    { field: "options", type: "map[string]interface {}" },
    { field: "logprobs", type: "bool" },
  ],
  question: questionOf,
  whole,
  deltas,
  last: { message: { role: "assistant", content: "" } },
});

function questionOf(wire: JsonObject): Question {
  const messages = Array.isArray(wire["messages"]) ? wire["messages"] : [];
  const tools = Array.isArray(wire["tools"]) ? wire["tools"].filter(isObject) : [];
  return {
    turns: messages.map(turnOf),
    tools: tools.map(toolOf),
    toolChoice: "auto",
    parallelTools: true,
    output: outputOf(wire["format"]),
    ...limitsOf(wire),
  };
}

const ROLES: ReadonlySet<unknown> = new Set(["system", "user", "assistant", "tool"]);

function turnOf(message: unknown): Turn {
  if (!isObject(message)) {
    throw new OllamaRefusal(unmarshal(message, "ChatRequest", "messages", "api.Message"));
  }
  const { role, content, images } = message as {
    role?: unknown;
    content?: unknown;
    images?: unknown;
  };
  if (!ROLES.has(role)) throw new OllamaRefusal(`invalid role: "${role}"`);
  if (content !== undefined && content !== null && typeof content !== "string") {
    throw new OllamaRefusal(unmarshal(content, "ChatRequest", "messages.content", "string"));
  }
  checkCalls(message["tool_calls"]);
  return { role: role as Turn["role"], text: content ?? "", files: imagesOf(images) };
}

/** Arguments are an object here, not its text. */
function checkCalls(calls: unknown): void {
  for (const call of Array.isArray(calls) ? calls.filter(isObject) : []) {
    const called = isObject(call["function"]) ? call["function"] : {};
    const input = called["arguments"];
    if (isObject(input)) continue;
    const field = "messages.tool_calls.function.arguments";
    throw new OllamaRefusal(
      unmarshal(input ?? null, "ChatRequest", field, "api.ToolCallFunctionArguments"),
    );
  }
}

function toolOf(tool: JsonObject): Tool {
  const called = isObject(tool["function"]) ? tool["function"] : {};
  return { name: String(called["name"]), schema: called["parameters"] ?? { type: "object" } };
}

function whole(script: Script, thinking: string, wire: JsonObject): JsonObject {
  const pieces = wordsOf(script);
  return {
    message: {
      role: "assistant",
      content: pieces.join(""),
      ...(thinking !== "" && { thinking }),
      ...(script.calls.length > 0 && { tool_calls: script.calls.map(toolCall) }),
    },
    ...logprobsOf(pieces, wire),
  };
}

function toolCall(call: ScriptedCall, index: number): JsonObject {
  const id = `call_${call.id.slice(0, 8).toLowerCase()}`;
  return { id, function: { index, name: call.name, arguments: argumentsOf(call) } };
}

function deltas(
  script: Script,
  reasoning: readonly string[],
  wire: JsonObject,
): readonly JsonObject[] {
  const said = (members: JsonObject) => ({
    message: { role: "assistant", content: "", ...members },
  });
  return [
    ...reasoning.map((thinking) => said({ thinking })),
    ...wordsOf(script).map((content) => ({ ...said({ content }), ...logprobsOf([content], wire) })),
    ...script.calls.map((call, index) => said({ tool_calls: [toolCall(call, index)] })),
  ];
}

/** With as many alternatives per token as were asked for. */
function logprobsOf(pieces: readonly string[], wire: JsonObject): JsonObject {
  if (wire["logprobs"] !== true) return {};
  const top = Number(wire["top_logprobs"] ?? 0);
  return { logprobs: pieces.map((piece) => logprobOf(piece, top)) };
}
