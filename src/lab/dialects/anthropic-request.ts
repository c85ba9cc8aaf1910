import type { Desk } from "../dialect.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import { readModelName } from "../models.ts";
import type { FileSeen, Output, Question, Tool, Turn } from "../question.ts";
import { blocksOf, check, listOf, wrong } from "./anthropic-check.ts";
import { checkRules } from "./anthropic-rules.ts";
import { MESSAGES, TOOL, VENDOR_TOOL } from "./anthropic-shape.ts";

/** A request Anthropic would take, in the lab's terms. */
export interface MessagesRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly question: Question;
}

export function readMessagesRequest(wire: JsonObject, desk: Desk): MessagesRequest {
  const { model } = wire;
  if (typeof model !== "string") throw wrong("model", "Field required");
  const traits = [...desk.traits, ...(readModelName(model) ?? [])];
  const open = traits.some(({ name }) => name === "lenient");
  check(wire, open ? { ...MESSAGES, open } : MESSAGES, "");
  listOf(wire["tools"]).forEach((tool, i) => {
    check(tool, isOwn(tool) ? TOOL : VENDOR_TOOL, `tools.${i}`);
  });
  checkRules(wire, model);
  return { model, stream: wire["stream"] === true, question: questionOf(wire) };
}

/** Whether the client runs the tool; the lab never calls the vendor's own. */
function isOwn({ type }: JsonObject): boolean {
  return (type ?? "custom") === "custom";
}

function questionOf(wire: JsonObject): Question {
  const choice = isObject(wire["tool_choice"]) ? wire["tool_choice"] : {};
  const system = blocksOf({ content: wire["system"] ?? [] });
  const said = listOf(wire["messages"]).flatMap(turnsOf);
  return {
    turns: system.length === 0 ? said : [{ role: "system", ...seen(system) }, ...said],
    tools: listOf(wire["tools"])
      .filter(isOwn)
      .map((tool): Tool => ({ name: String(tool["name"]), schema: tool["input_schema"] })),
    toolChoice: toolChoiceOf(choice),
    parallelTools: choice["disable_parallel_tool_use"] !== true,
    output: outputOf(wire["output_config"]),
    stop: Array.isArray(wire["stop_sequences"]) ? wire["stop_sequences"].map(String) : [],
    maxTokens: Number(wire["max_tokens"]),
  };
}

/** A user's turn may hold tool results ahead of its words. */
function turnsOf(message: JsonObject): readonly Turn[] {
  const blocks = blocksOf(message);
  const results = blocks.filter(({ type }) => type === "tool_result");
  const words = blocks.filter(({ type }) => type !== "tool_result");
  const turns: Turn[] = results.map((result) => ({
    role: "tool",
    ...seen(blocksOf({ content: result["content"] ?? [] })),
  }));
  const role = String(message["role"]) as "user" | "assistant" | "system";
  return words.length === 0 ? turns : [...turns, { role, ...seen(words) }];
}

function seen(blocks: readonly JsonObject[]): Omit<Turn, "role"> {
  const texts = blocks.map(({ text }) => text).filter((text) => typeof text === "string");
  const files = blocks.map(fileOf).filter((file) => file !== undefined);
  return { text: texts.join("\n"), files };
}

function fileOf({ type, source }: JsonObject): FileSeen | undefined {
  if ((type !== "image" && type !== "document") || !isObject(source)) return undefined;
  const kind = type === "image" ? "image" : "file";
  const data = String(source["data"]);
  switch (source["type"]) {
    case "base64":
      return {
        kind,
        mediaType: String(source["media_type"]),
        bytes: Buffer.byteLength(data, "base64"),
      };
    case "text":
      return { kind, mediaType: "text/plain", bytes: Buffer.byteLength(data) };
  }
  return { kind, url: String(source["url"] ?? source["file_id"]) };
}

function toolChoiceOf(choice: JsonObject): Question["toolChoice"] {
  switch (choice["type"]) {
    case "none":
      return "none";
    case "any":
      return "required";
    case "tool":
      return { name: String(choice["name"]) };
  }
  return "auto";
}

function outputOf(config: unknown): Output {
  const format = isObject(config) ? config["format"] : undefined;
  return isObject(format) ? { type: "json-schema", schema: format["schema"] } : { type: "text" };
}
