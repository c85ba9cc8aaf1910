import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Annotation, Message, ToolCallPart } from "../../../chat/message.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalArray,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { rangeWithin } from "../answer.ts";
import { decodeCall } from "./tools.ts";

/** Preamble, history, then what is said now: a message, or the results of tools. */
export function decodeMessages(wire: JsonObject): Message[] {
  const calls = callIds();
  const preamble = optionalString(wire, "preamble", "") ?? "";
  const history = optionalArray(wire, "chat_history", "") ?? [];
  const results = optionalArray(wire, "tool_results", "") ?? [];
  const message = optionalString(wire, "message", "") ?? "";
  return [
    ...(preamble === "" ? [] : [said("system", preamble)]),
    ...objectsOf(history, "chat_history", (turn, at) => decodeTurn(turn, at, calls)).flat(),
    ...decodeResults(results, "tool_results", calls),
    ...(message === "" && results.length > 0 ? [] : [said("user", message)]),
  ];
}

function said(role: "system" | "user" | "assistant", text: string): Message {
  return { role, content: [{ type: "text", text }] };
}

function decodeTurn(wire: JsonObject, at: string, calls: CallIds): Message[] {
  const text = optionalString(wire, "message", at) ?? "";
  switch (requiredString(wire, "role", at)) {
    case "USER":
      return [said("user", text)];
    case "SYSTEM":
      return [said("system", text)];
    case "CHATBOT": {
      const told = optionalArray(wire, "tool_calls", at) ?? [];
      const parts = objectsOf(told, `${at}.tool_calls`, calls.add);
      const words = text === "" && parts.length > 0 ? [] : [{ type: "text", text } as const];
      return [{ role: "assistant", content: [...words, ...parts] }];
    }
    case "TOOL":
      return decodeResults(requiredArray(wire, "tool_results", at), `${at}.tool_results`, calls);
  }
  throw invalidField(`${at}.role`, "must be USER, CHATBOT, SYSTEM or TOOL");
}

function decodeResults(wire: readonly Json[], at: string, calls: CallIds): Message[] {
  return objectsOf(wire, at, (result, resultAt): Message => {
    const call = requiredObject(result, "call", resultAt);
    const outputs = optionalArray(result, "outputs", resultAt) ?? [];
    const content = [{ type: "text", text: outputText(outputs) }] as const;
    return { role: "tool", callId: calls.answered(call), content };
  });
}

/** Outputs are objects; a lone `output` in a lone one is what another wire's text became. */
export function outputText(outputs: readonly Json[]): string {
  const [first] = outputs;
  if (outputs.length !== 1 || !isJsonObject(first)) return JSON.stringify(outputs);
  const text = first.output;
  return Object.keys(first).length === 1 && typeof text === "string" ? text : JSON.stringify(first);
}

type CallIds = ReturnType<typeof callIds>;

/** A result names its call by name and parameters; the ids are ours. */
function callIds() {
  const open: { readonly key: string; readonly id: string }[] = [];
  let count = 0;

  function add(wire: JsonObject): ToolCallPart {
    const id = `call_${count++}`;
    open.push({ key: keyOf(wire), id });
    return decodeCall(wire, id);
  }

  function answered(call: JsonObject): string {
    const at = open.findIndex(({ key }) => key === keyOf(call));
    const [found] = at < 0 ? [] : open.splice(at, 1);
    return found?.id ?? `call_${count++}`;
  }

  return { add, answered };
}

function keyOf(call: JsonObject): string {
  return JSON.stringify([call.name, call.parameters ?? {}]);
}

/** `documents` are those of the answer; a citation names them by their ids. */
export function decodeCitations(
  wire: Json | undefined,
  documents: Json | undefined,
): readonly Annotation[] {
  if (!isJsonArray(wire)) return [];
  const known = isJsonArray(documents) ? documents.filter(isJsonObject) : [];
  return wire.filter(isJsonObject).map((citation): Annotation => {
    const ids = isJsonArray(citation.document_ids) ? citation.document_ids : [];
    const { title, url, snippet } = known.find(({ id }) => ids.includes(id ?? null)) ?? {};
    const { start, end } = citation;
    return {
      type: "citation",
      ...(typeof title === "string" && { title }),
      ...(typeof url === "string" && { url }),
      ...(typeof snippet === "string" && { quote: snippet }),
      ...(typeof start === "number" && { start }),
      ...(typeof end === "number" && { end }),
      raw: citation,
    };
  });
}

export function encodeCitation(annotation: Annotation, text: string): JsonObject {
  const { raw, url, title } = annotation;
  if (raw && isJsonArray(raw.document_ids)) return raw;
  const { start, end } = rangeWithin(annotation, text);
  return { start, end, text: text.slice(start, end), document_ids: [url ?? title ?? "document"] };
}
