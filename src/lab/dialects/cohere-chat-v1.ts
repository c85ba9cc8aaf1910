import { type Frame, lineFrame } from "../dialect.ts";
import { utf8 } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import type { Output, Question, Tool, Turn } from "../question.ts";
import { argumentsOf, type Script, type ScriptedCall, wordsOf } from "../scenario.ts";
import { invalid } from "./cohere-check.ts";
import { cohereDialect } from "./cohere-dialect.ts";
import {
  type CohereStamp,
  cohereUnits,
  FINISH,
  limitsOf,
  listOf,
  SAMPLING,
} from "./cohere-http.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";

const string: Shape = { is: "string" };
const openObject: ObjectShape = { is: "object", members: {}, open: true };
const openObjects: Shape = { is: "array", of: openObject };
const word = (...oneOf: string[]): Shape => ({ is: "string", oneOf });

const results: Shape = {
  is: "array",
  of: {
    is: "object",
    members: { call: openObject, outputs: openObjects },
    required: ["call", "outputs"],
  },
};

const CHAT: ObjectShape = {
  is: "object",
  members: {
    ...SAMPLING,
    message: string,
    preamble: string,
    chat_history: {
      is: "array",
      of: {
        is: "object",
        members: {
          role: word("USER", "CHATBOT", "SYSTEM", "TOOL"),
          message: string,
          tool_calls: openObjects,
          tool_results: results,
        },
        required: ["role"],
      },
    },
    conversation_id: string,
    prompt_truncation: word("OFF", "AUTO", "AUTO_PRESERVE_ORDER"),
    connectors: openObjects,
    search_queries_only: { is: "boolean" },
    documents: openObjects,
    citation_quality: word("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF"),
    max_input_tokens: { is: "integer" },
    raw_prompting: { is: "boolean" },
    tools: openObjects,
    tool_results: results,
    force_single_step: { is: "boolean" },
    response_format: openObject,
    safety_mode: word("CONTEXTUAL", "STRICT", "NONE"),
  },
  required: ["message"],
};

/** https://docs.cohere.com/v1/reference/chat */
export const cohereChatV1 = cohereDialect({
  name: "cohere-chat-v1",
  path: "/v1/chat",
  doc: "https://docs.cohere.com/v1/reference/chat",
  shape: CHAT,
  defaultModel: "command-r-08-2024",
  streamType: "application/stream+json",
  check(wire) {
    if (wire["message"] === "" && listOf(wire["tool_results"]).length === 0) {
      throw invalid("message must be at least 1 token long or tool results must be specified.");
    }
    const format = wire["response_format"];
    const isJson = isObject(format) && format["type"] === "json_object";
    if (isJson && (listOf(wire["tools"]).length > 0 || wire["documents"] !== undefined)) {
      throw invalid("response_format is not supported in RAG mode or with tools.");
    }
    for (const { name } of listOf(wire["tools"])) {
      if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(String(name))) continue;
      throw invalid(
        `tool name '${name}' may hold only a-z, A-Z, 0-9 and _, and begins with no digit.`,
      );
    }
  },
  answer: (wire, stamp) => ({
    question: questionOf(wire),
    whole: (scripts) => answer(stamp, wire, scripts),
    frames: (scripts) => events(stamp, wire, scripts),
    failed: ({ body }) => [lineFrame("error", JSON.parse(body))],
    keepAlive: utf8("\n"),
  }),
});

function questionOf(wire: JsonObject): Question {
  const results = listOf(wire["tool_results"]);
  const now: Turn[] =
    wire["message"] === "" ? [] : [{ role: "user", text: String(wire["message"]), files: [] }];
  const preamble: Turn[] =
    typeof wire["preamble"] === "string"
      ? [{ role: "system", text: wire["preamble"], files: [] }]
      : [];
  return {
    turns: [
      ...preamble,
      ...listOf(wire["chat_history"]).flatMap(turnsOf),
      ...now,
      ...results.map(resultTurn),
    ],
    tools: listOf(wire["tools"]).map(toolOf),
    toolChoice: "auto",
    parallelTools: true,
    output: outputOf(wire["response_format"]),
    ...limitsOf(wire),
  };
}

const ROLES: Readonly<Record<string, Turn["role"]>> = {
  USER: "user",
  CHATBOT: "assistant",
  SYSTEM: "system",
};

function turnsOf(turn: JsonObject): Turn[] {
  const role = ROLES[String(turn["role"])];
  if (!role) return listOf(turn["tool_results"]).map(resultTurn);
  return [{ role, text: String(turn["message"] ?? ""), files: [] }];
}

function resultTurn(result: JsonObject): Turn {
  const texts = listOf(result["outputs"]).map((output) => JSON.stringify(output));
  return { role: "tool", text: texts.join("\n"), files: [] };
}

/** Python's words for the types that JSON Schema names. */
const TYPES: Readonly<Record<string, string>> = {
  str: "string",
  int: "integer",
  float: "number",
  bool: "boolean",
  list: "array",
  dict: "object",
};

function toolOf(tool: JsonObject): Tool {
  const definitions = isObject(tool["parameter_definitions"]) ? tool["parameter_definitions"] : {};
  const properties = Object.entries(definitions).map(([name, definition]) => {
    const type = isObject(definition) ? String(definition["type"]).toLowerCase() : "str";
    return [name, { type: TYPES[type] ?? "string" }];
  });
  const schema = { type: "object", properties: Object.fromEntries(properties) };
  return { name: String(tool["name"]), schema };
}

function outputOf(format: unknown): Output {
  if (!isObject(format) || format["type"] !== "json_object") return { type: "text" };
  const schema = format["schema"];
  return schema === undefined ? { type: "json" } : { type: "json-schema", schema };
}

function answer(stamp: CohereStamp, wire: JsonObject, scripts: readonly Script[]): JsonObject {
  const [script] = scripts;
  const meta = { api_version: { version: "1" }, ...cohereUnits(scripts) };
  if (!script) return { response_id: stamp.id, generation_id: stamp.id, meta };
  const text = textOf(script).join("");
  const calls = script.calls.map(toolCall);
  return {
    response_id: stamp.id,
    text,
    generation_id: stamp.id,
    chat_history: [
      ...listOf(wire["chat_history"]),
      { role: "USER", message: wire["message"] },
      { role: "CHATBOT", message: text },
    ],
    // This API has no word for a call.
    finish_reason: script.finish === "tool-calls" ? "COMPLETE" : FINISH[script.finish],
    meta,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

const PLAN = "I will use the tools to find out.";

function textOf(script: Script): readonly string[] {
  if (script.calls.length > 0) return [PLAN];
  return wordsOf(script);
}

function toolCall(call: ScriptedCall): JsonObject {
  return { name: call.name, parameters: argumentsOf(call) };
}

function events(
  stamp: CohereStamp,
  wire: JsonObject,
  scripts: readonly Script[],
): readonly Frame[] {
  const [script] = scripts;
  const response = answer(stamp, wire, scripts);
  const { finish_reason } = response as { finish_reason?: string };
  const end = { ...(finish_reason && { finish_reason }), response };
  return [
    event("start", "stream-start", { generation_id: stamp.id }),
    ...(script ? said(script) : []),
    event("finish", "stream-end", end, true),
  ];
}

function said(script: Script): readonly Frame[] {
  if (script.calls.length === 0) {
    return textOf(script).map((text) => event("delta", "text-generation", { text }));
  }
  const pieces = script.calls.flatMap((call, index) => [
    event("other", "tool-calls-chunk", { tool_call_delta: { index, name: call.name } }),
    ...call.input.map((parameters) =>
      event("delta", "tool-calls-chunk", { tool_call_delta: { index, parameters } }),
    ),
  ]);
  const calls = { text: PLAN, tool_calls: script.calls.map(toolCall) };
  return [
    event("delta", "tool-calls-chunk", { tool_call_delta: { text: PLAN } }),
    ...pieces,
    event("other", "tool-calls-generation", calls),
  ];
}

function event(part: Frame["part"], type: string, members: JsonObject, finished = false): Frame {
  return lineFrame(part, { is_finished: finished, event_type: type, ...members });
}
