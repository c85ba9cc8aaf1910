import { isObject, type JsonObject } from "../json-schema.ts";
import type { Shape } from "./openai-check.ts";
import { OpenAiRefusal } from "./openai-http.ts";

/** Who serves OpenAI's chat API, and what is refused there. The lab's own reading of each vendor's pages. */
export interface ChatVendor {
  readonly name: string;
  /** The paths of its chats in the lab: its own, or any behind a prefix with its name. */
  readonly path: RegExp;
  readonly members: Readonly<Record<string, Shape>>;
  /** Members that it does not know are let through. */
  readonly open?: true;
  /** Every row counts whose names fit. */
  readonly models: readonly ModelRules[];
}

export interface ModelRules {
  readonly names: RegExp;
  /** Members that these models refuse, whatever their value; null and false count as absent. */
  readonly refuses?: readonly string[];
  /** Members that they take only with one value. */
  readonly only?: Readonly<Record<string, number>>;
  /** The words of effort that they know. */
  readonly efforts?: readonly string[];
  /** They see, hear and read nothing but text. */
  readonly textOnly?: true;
  /** What no list says: the sentence of the refusal. */
  readonly fault?: (wire: JsonObject) => string | undefined;
}

export function checkModel(wire: JsonObject, model: string, { models }: ChatVendor): void {
  for (const rules of models) if (rules.names.test(model)) checkRules(wire, rules);
}

function checkRules(
  wire: JsonObject,
  { refuses = [], only = {}, efforts, textOnly, fault }: ModelRules,
): void {
  for (const name of refuses) {
    if (isAbsent(wire[name])) continue;
    throw new OpenAiRefusal({
      message: `Unsupported parameter: '${name}' is not supported with this model.${INSTEAD[name] ?? ""}`,
      param: name,
      code: "unsupported_parameter",
    });
  }
  for (const [name, value] of Object.entries(only)) {
    if (isAbsent(wire[name]) || wire[name] === value) continue;
    throw new OpenAiRefusal({
      message: `Unsupported value: '${name}' does not support ${wire[name]} with this model. Only the default (${value}) value is supported.`,
      param: name,
      code: "unsupported_value",
    });
  }
  const effort = wire["reasoning_effort"];
  if (efforts && !isAbsent(effort) && !efforts.includes(String(effort))) {
    throw new OpenAiRefusal({
      message: `Unsupported value: 'reasoning_effort' does not support '${effort}' with this model. Supported values are: ${efforts.map((word) => `'${word}'`).join(", ")}.`,
      param: "reasoning_effort",
      code: "unsupported_value",
    });
  }
  const kind = textOnly && otherKind(wire["messages"]);
  if (kind) {
    throw new OpenAiRefusal({
      message: `Invalid content type. ${kind} is only supported by certain models.`,
      param: "messages",
    });
  }
  const message = fault?.(wire);
  if (message !== undefined) throw new OpenAiRefusal({ message });
}

const WORDS: ReadonlySet<unknown> = new Set(["text", "refusal", "reasoning"]);

function otherKind(messages: unknown): string | undefined {
  const turns = Array.isArray(messages) ? messages.filter(isObject) : [];
  const parts = turns.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  const other = parts.filter(isObject).find(({ type }) => !WORDS.has(type));
  return other && String(other["type"]);
}

const INSTEAD: Readonly<Record<string, string>> = {
  max_tokens: " Use 'max_completion_tokens' instead.",
};

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === false;
}
