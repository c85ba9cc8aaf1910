import type { Json, JsonObject } from "../../../chat/json.ts";
import type { Annotation, AssistantPart, Message, TextPart } from "../../../chat/message.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalArray,
  optionalString,
  requiredString,
} from "../../fields.ts";
import { citedItem, decodeCitation } from "./citations.ts";
import { decodeContent, decodeTextContent } from "./content.ts";
import { decodeToolCall } from "./tools.ts";

export function decodeMessages(wire: readonly Json[]): Message[] {
  return objectsOf(wire, "messages", decodeMessage);
}

function decodeMessage(wire: JsonObject, at: string): Message {
  const role = requiredString(wire, "role", at);
  switch (role) {
    case "system":
      return { role, content: decodeTextContent(wire.content, `${at}.content`) };
    case "user":
      return { role, content: decodeContent(wire.content, `${at}.content`) };
    case "assistant":
      return { role, content: decodeAssistant(wire, at) };
    case "tool": {
      const callId = requiredString(wire, "tool_call_id", at);
      return { role, callId, content: decodeContent(wire.content, `${at}.content`) };
    }
  }
  throw invalidField(`${at}.role`, "must be system, user, assistant or tool");
}

/** The plan is what the model says before it calls its tools. */
function decodeAssistant(wire: JsonObject, at: string): AssistantPart[] {
  const plan = optionalString(wire, "tool_plan", at) ?? "";
  const calls = optionalArray(wire, "tool_calls", at) ?? [];
  const citations = optionalArray(wire, "citations", at) ?? [];
  const content = decodeAssistantContent(wire.content, `${at}.content`);
  const first = content.findIndex(({ type }) => type === "text");
  const textItem = first < 0 ? undefined : first;
  return [
    ...content.filter((part) => part.type === "reasoning"),
    ...(plan === "" ? [] : [cited({ type: "text", text: plan }, undefined, citations, textItem)]),
    ...content.flatMap((part, i) =>
      part.type === "text" ? [cited(part, i, citations, textItem)] : [],
    ),
    ...objectsOf(calls, `${at}.tool_calls`, decodeToolCall),
  ];
}

function decodeAssistantContent(value: Json | undefined, at: string): AssistantPart[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!isJsonArray(value)) throw invalidField(at, "must be a string or an array of content parts");
  return objectsOf(value, at, (part, partAt): AssistantPart => {
    if (part.type === "text") return { type: "text", text: requiredString(part, "text", partAt) };
    if (part.type === "thinking") {
      return { type: "reasoning", text: requiredString(part, "thinking", partAt) };
    }
    throw invalidField(`${partAt}.type`, "must be text or thinking");
  });
}

/**
 * The text with the citations that stand in content item `item` (undefined: in the tool plan).
 * `textItem`: the first text of the content.
 */
export function cited<Part extends TextPart>(
  part: Part,
  item: number | undefined,
  citations: readonly Json[],
  textItem: number | undefined,
): Part {
  const annotations = citations
    .filter((citation) => citedItem(citation, textItem) === item)
    .flatMap((citation): Annotation[] => {
      const annotation = decodeCitation(citation, part.text);
      return annotation ? [annotation] : [];
    });
  return annotations.length === 0 ? part : { ...part, annotations };
}
