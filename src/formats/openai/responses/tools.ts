import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { FunctionTool, Tool, ToolChoice } from "../../../chat/request.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredArray,
  requiredString,
} from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { FORMAT_NAME, flatName } from "./wire.ts";

/** Newer coding agents tell their tools in an item of the input. */
export function toolsIn(wire: JsonObject): readonly Json[] {
  const own = isJsonArray(wire.tools) ? wire.tools : [];
  const items = isJsonArray(wire.input) ? wire.input : [];
  const more = items.flatMap((item) =>
    isJsonObject(item) && item.type === "additional_tools" && isJsonArray(item.tools)
      ? item.tools
      : [],
  );
  return more.length === 0 ? own : [...own, ...more];
}

/** Functions of a namespace under their long names, custom tools as functions with one text. */
export function decodeTools(wires: readonly Json[], at: string): Tool[] {
  return objectsOf(wires, at, (wire, path) => decodeTool(wire, path, undefined)).flat();
}

function decodeTool(wire: JsonObject, at: string, namespace: string | undefined): Tool[] {
  switch (requiredString(wire, "type", at)) {
    case "function":
      return [decodeFunction(wire, at, namespace)];
    case "custom":
      return [decodeCustom(wire, at, namespace)];
    case "namespace": {
      const name = requiredString(wire, "name", at);
      const tools = requiredArray(wire, "tools", at);
      return objectsOf(tools, `${at}.tools`, (tool, path) => decodeTool(tool, path, name)).flat();
    }
  }
  return [{ type: "vendor", format: FORMAT_NAME, wire }];
}

function decodeFunction(wire: JsonObject, at: string, namespace: string | undefined): FunctionTool {
  const description = optionalString(wire, "description", at);
  const parameters = optionalObject(wire, "parameters", at);
  const strict = optionalBoolean(wire, "strict", at);
  return {
    type: "function",
    name: flatName(requiredString(wire, "name", at), namespace),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

/** What a custom tool's text is called where tools take objects. */
export const CUSTOM_INPUT = "input";

function decodeCustom(wire: JsonObject, at: string, namespace: string | undefined): FunctionTool {
  const grammar = optionalObject(wire, "format", at);
  const told = [optionalString(wire, "description", at), grammar && grammarText(grammar)];
  const description = told.filter((one) => one !== undefined && one !== "").join("\n\n");
  return {
    type: "function",
    name: flatName(requiredString(wire, "name", at), namespace),
    ...(description !== "" && { description }),
    parameters: {
      type: "object",
      properties: { [CUSTOM_INPUT]: { type: "string" } },
      required: [CUSTOM_INPUT],
      additionalProperties: false,
    },
  };
}

function grammarText({ type, syntax, definition }: JsonObject): string | undefined {
  if (type !== "grammar" || typeof definition !== "string") return undefined;
  const kind = typeof syntax === "string" ? ` (${syntax})` : "";
  return `The text has to follow this grammar${kind}:\n${definition}`;
}

/** What a client calls a tool, by the name that the model knows. */
export interface ToolSeat {
  readonly name: string;
  readonly namespace?: string;
  /** The client wants its text, not an object around it. */
  readonly isCustom: boolean;
}

/** Tolerant: the request has been read before, or goes to a vendor that judges it. */
export function toolSeats(request: JsonObject): ReadonlyMap<string, ToolSeat> {
  const seats = new Map<string, ToolSeat>();
  addSeats(toolsIn(request), undefined, seats);
  return seats;
}

function addSeats(
  wires: readonly Json[],
  namespace: string | undefined,
  seats: Map<string, ToolSeat>,
): void {
  for (const wire of wires) {
    if (!isJsonObject(wire) || typeof wire.name !== "string") continue;
    const { type, name } = wire;
    if (type === "namespace") {
      if (isJsonArray(wire.tools)) addSeats(wire.tools, name, seats);
    } else if (type === "custom" || namespace !== undefined) {
      const isCustom = type === "custom";
      const inside = namespace === undefined ? {} : { namespace };
      seats.set(flatName(name, namespace), { name, isCustom, ...inside });
    }
  }
}

export function decodeToolChoice(value: Json): ToolChoice {
  const at = "tool_choice";
  if (value === "auto" || value === "none" || value === "required") return { type: value };
  if (!isJsonObject(value)) throw invalidField(at, "must be auto, none, required or an object");
  if (value.type === "allowed_tools") {
    const tools = requiredArray(value, "tools", at);
    const own = tools.filter((tool) => !isJsonObject(tool) || isOwn(tool));
    const names = objectsOf(own, `${at}.tools`, chosenName);
    return { type: "allowed", names, required: value.mode === "required" };
  }
  // Which of its own tools OpenAI is to call is nothing that another vendor could be told.
  if (!isOwn(value)) return { type: "required" };
  return { type: "tool", name: chosenName(value, at) };
}

const isOwn = ({ type }: JsonObject) => type === "function" || type === "custom";

function chosenName(wire: JsonObject, at: string): string {
  return flatName(requiredString(wire, "name", at), wire.namespace);
}

/** Throws `invalid_request` for the choice of a tool that OpenAI runs itself. */
export function checkToolChoice({ tool_choice: choice }: JsonObject): void {
  if (!isJsonObject(choice) || isOwn(choice) || choice.type === "allowed_tools") return;
  throw invalidField(
    "tool_choice.type",
    "must be function, custom or allowed_tools at this target",
  );
}

export function encodeTools(tools: readonly Tool[], list: NoticeList): JsonObject[] {
  return tools.flatMap((tool, i) => {
    if (tool.type === "vendor") {
      if (tool.format === FORMAT_NAME) return [tool.wire];
      list.dropped(
        `tools[${i}]`,
        `A tool that ${tool.format} runs itself has no form in Responses.`,
      );
      return [];
    }
    return [
      {
        type: "function",
        name: tool.name,
        ...(tool.description !== undefined && { description: tool.description }),
        parameters: tool.parameters ?? { type: "object", properties: {} },
        // Responses are strict where nothing is said.
        strict: tool.strict ?? false,
      },
    ];
  });
}

export function encodeToolChoice(choice: ToolChoice): Json {
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return { type: "function", name: choice.name };
    case "allowed":
      return {
        type: "allowed_tools",
        mode: choice.required ? "required" : "auto",
        tools: choice.names.map((name) => ({ type: "function", name })),
      };
  }
}
