import { isObject, type JsonObject } from "../json-schema.ts";
import { randomness } from "../randomness.ts";
import { blocksOf, checkCache, listOf, wrong } from "./anthropic-check.ts";
import { AnthropicRefusal } from "./anthropic-http.ts";
import { traitsOf } from "./anthropic-models.ts";

/** What Anthropic asks of a request beyond the shape of its members. */
export function checkRules(wire: JsonObject, model: string): void {
  const messages = listOf(wire["messages"]);
  checkRoles(messages, model);
  messages.forEach((message, i) => {
    checkContent(message, i, i === messages.length - 1);
  });
  checkToolPairs(messages);
  checkTools(wire);
  checkCache(wire);
  checkThinking(wire, model);
  checkSampling(wire, model);
  checkFormat(wire);
}

function checkRoles(messages: readonly JsonObject[], model: string): void {
  if (messages[0]?.["role"] !== "user") {
    throw wrong("messages", 'first message must use the "user" role');
  }
  const { systemTurns, prefill } = traitsOf(model);
  if (messages.at(-1)?.["role"] === "assistant" && !prefill) {
    throw new AnthropicRefusal(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  messages.forEach(({ role }, i) => {
    if (role !== "system") return;
    if (!systemTurns) {
      throw wrong(`messages.${i}.role`, `role 'system' is not supported on this model`);
    }
    const next = messages[i + 1];
    if (messages[i - 1]?.["role"] !== "user" || (next && next["role"] !== "assistant")) {
      throw wrong(
        `messages.${i}`,
        "role 'system' must follow a user turn and precede an assistant turn",
      );
    }
  });
}

function checkContent(message: JsonObject, i: number, isLast: boolean): void {
  const blocks = blocksOf(message);
  const isPrefill = isLast && message["role"] === "assistant";
  if (!isPrefill && (blocks.length === 0 || message["content"] === "")) {
    throw wrong(
      `messages.${i}`,
      `${String(message["role"])} messages must have non-empty content except for the optional final assistant message`,
    );
  }
  for (const [k, block] of blocks.entries()) {
    checkText(block);
    checkImage(block, `messages.${i}.content.${k}.image.source.base64`);
    const isForeign =
      block["type"] === "thinking" && block["signature"] !== signatureOf(String(block["thinking"]));
    if (isForeign) {
      throw wrong(`messages.${i}.content.${k}`, "Invalid `signature` in `thinking` block");
    }
  }
  const text = blocks.at(-1)?.["text"];
  if (isPrefill && typeof text === "string" && text !== text.trimEnd()) {
    throw wrong("messages", "final assistant content cannot end with trailing whitespace");
  }
}

const SIGNS: readonly (readonly [start: string, type: string])[] = [
  ["iVBORw", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
];

function checkImage({ source }: JsonObject, at: string): void {
  if (!isObject(source) || source["type"] !== "base64") return;
  const data = String(source["data"]);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data)) {
    throw wrong(`${at}.data`, "invalid base64 data");
  }
  const said = String(source["media_type"]);
  const seen = SIGNS.find(([start]) => data.startsWith(start))?.[1];
  if (seen === undefined || seen === said) return;
  const words = `The image was specified using the ${said} media type, but the image appears to be a ${seen} image`;
  throw wrong(at, words);
}

function checkText({ type, text }: JsonObject): void {
  if (type !== "text") return;
  if (text === "") throw wrong("messages", "text content blocks must be non-empty");
  if (typeof text === "string" && text.trim() === "") {
    throw wrong("messages", "text content blocks must contain non-whitespace text");
  }
}

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use */
function checkToolPairs(messages: readonly JsonObject[]): void {
  let asked: readonly string[] = [];
  messages.forEach((message, i) => {
    const blocks = blocksOf(message);
    const answered = idsOf(blocks, "tool_result", "tool_use_id");
    const missing = asked.filter((id) => !answered.includes(id));
    if (missing.length > 0) {
      throw wrong(
        `messages.${i - 1}`,
        `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    const stray = answered.find((id) => !asked.includes(id));
    if (stray !== undefined) {
      throw wrong(
        `messages.${i}.content.0`,
        `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    asked = idsOf(blocks, "tool_use", "id");
    if (new Set(asked).size < asked.length) {
      throw wrong(`messages.${i}.content`, "`tool_use` ids must be unique");
    }
  });
}

function idsOf(blocks: readonly JsonObject[], type: string, member: string): readonly string[] {
  return blocks.filter((block) => block["type"] === type).map((block) => String(block[member]));
}

const KEY = /^[a-zA-Z0-9_.-]{1,64}$/;

function checkKeys(properties: unknown, at: string): void {
  const names = isObject(properties) ? Object.keys(properties) : [];
  if (names.every((name) => KEY.test(name))) return;
  throw wrong(at, `Property keys should match pattern '${KEY.source}'`);
}

const TOP_WORDS = ["oneOf", "allOf", "anyOf"];

function checkTools(wire: JsonObject): void {
  listOf(wire["tools"]).forEach(({ input_schema: schema }, i) => {
    if (!isObject(schema)) return;
    checkKeys(schema["properties"], `tools.${i}.custom.input_schema.properties`);
    if (TOP_WORDS.every((word) => schema[word] === undefined)) return;
    const words = "input_schema does not support oneOf, allOf, or anyOf at the top level";
    throw wrong(`tools.${i}.custom.input_schema`, words);
  });
  const names = listOf(wire["tools"]).map(({ name }) => String(name));
  if (new Set(names).size < names.length) throw wrong("tools", "Tool names must be unique.");
  const choice = wire["tool_choice"];
  if (!isObject(choice)) return;
  if (names.length === 0) {
    throw new AnthropicRefusal("tool_choice may only be specified while providing tools.");
  }
  const name = choice["name"];
  if (choice["type"] === "tool" && !names.includes(String(name))) {
    throw new AnthropicRefusal(`Tool '${String(name)}' not found in provided tools`);
  }
}

function checkThinking(wire: JsonObject, model: string): void {
  const choice = wire["tool_choice"];
  const isForced = isObject(choice) && (choice["type"] === "any" || choice["type"] === "tool");
  if (isForced && !traitsOf(model).forcedTools) {
    throw new AnthropicRefusal(
      'tool_choice: type "tool" and "any" are not supported for this model.',
    );
  }
  const thinking = wire["thinking"];
  if (!isObject(thinking) || thinking["type"] === "disabled") return;
  if (isForced) {
    throw new AnthropicRefusal("Thinking may not be enabled when tool_choice forces tool use.");
  }
  if (thinking["type"] !== "enabled") return;
  if (traitsOf(model).adaptive) {
    throw new AnthropicRefusal(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  }
  if (Number(wire["max_tokens"]) <= Number(thinking["budget_tokens"])) {
    throw new AnthropicRefusal("`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
  if ((wire["temperature"] ?? 1) !== 1) {
    throw new AnthropicRefusal("`temperature` may only be set to 1 when thinking is enabled.");
  }
  if (wire["top_k"] !== undefined) {
    throw new AnthropicRefusal("`top_k` must be unset when thinking is enabled.");
  }
  if (Number(wire["top_p"] ?? 1) < 0.95) {
    throw new AnthropicRefusal(
      "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.",
    );
  }
}

function checkSampling(wire: JsonObject, model: string): void {
  const { adaptive, oneSampler } = traitsOf(model);
  for (const member of ["temperature", "top_p", "top_k"]) {
    if (wire[member] !== undefined && adaptive) {
      throw new AnthropicRefusal(`\`${member}\` is deprecated for this model.`);
    }
  }
  if (oneSampler && wire["temperature"] !== undefined && wire["top_p"] !== undefined) {
    throw new AnthropicRefusal(
      "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    );
  }
  const stops = Array.isArray(wire["stop_sequences"]) ? wire["stop_sequences"] : [];
  stops.forEach((stop, i) => {
    if (String(stop).trim() === "") {
      throw wrong(`stop_sequences.${i}`, "each stop sequence must contain non-whitespace");
    }
  });
}

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
function checkFormat(wire: JsonObject): void {
  const config = wire["output_config"];
  const format = isObject(config) && isObject(config["format"]) ? config["format"] : {};
  checkClosed(format["schema"], "output_config.format.schema");
  for (const [i, tool] of listOf(wire["tools"]).entries()) {
    if (tool["strict"] === true) checkClosed(tool["input_schema"], `tools.${i}.input_schema`);
  }
}

const REFUSED = ["minimum", "maximum", "multipleOf", "minLength", "maxLength", "maxItems"];

function checkClosed(schema: unknown, path: string): void {
  if (Array.isArray(schema)) for (const inner of schema) checkClosed(inner, path);
  if (!isObject(schema)) return;
  if (schema["type"] === "object" && schema["additionalProperties"] !== false) {
    throw wrong(path, "For 'object' type, 'additionalProperties' must be explicitly set to false");
  }
  const refused = REFUSED.find((name) => typeof schema[name] === "number");
  if (refused !== undefined && schema["type"] !== undefined) {
    throw wrong(
      path,
      `For '${String(schema["type"])}' type, property '${refused}' is not supported`,
    );
  }
  for (const member of Object.values(schema)) checkClosed(member, path);
}

/** The proof the lab gives with its thinking, and asks back with it. */
export function signatureOf(thinking: string): string {
  return `Er${randomness(0, thinking).token(62)}`;
}
