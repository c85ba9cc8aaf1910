import { type JsonObject, parseJson } from "../../../chat/json.ts";
import type { AssistantMessage, ReasoningPart, ToolCallPart } from "../../../chat/message.ts";
import { invalidField } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { toolInput } from "../../tool-input.ts";
import { cacheControl, dropSignature, encodeText } from "./encode-content.ts";

/** The blocks of an assistant's turn, in the order they were said. */
export function encodeAssistant(
  { content }: AssistantMessage,
  at: string,
  list: NoticeList,
): JsonObject[] {
  const blocks: JsonObject[] = [];
  let calls = 0;
  for (const [i, part] of content.entries()) {
    const path = `${at}.content[${i}]`;
    switch (part.type) {
      case "text":
        blocks.push(...encodeText(part, path, list));
        break;
      case "refusal":
        list.approximated(path, "Anthropic has no refusal part; its words stand as text.");
        blocks.push(...encodeText({ type: "text", text: part.text }, path, list));
        break;
      case "reasoning":
        blocks.push(...encodeReasoning(part, path, list));
        break;
      case "tool-call":
        dropSignature(part.signature, path, list);
        blocks.push(encodeToolCall(part, `${at}.tool_calls[${calls}]`, list));
        calls++;
        break;
      case "file":
        list.dropped(path, "Anthropic takes no file in an assistant turn.");
        break;
    }
  }
  return blocks;
}

/**
 * Blocks go back as they came, signed or encrypted
 * (https://platform.claude.com/docs/en/build-with-claude/extended-thinking). The API refuses others.
 */
function encodeReasoning(part: ReasoningPart, at: string, list: NoticeList): JsonObject[] {
  const { text, signature, redacted } = part;
  if (signature !== undefined && signature !== "") {
    return [{ type: "thinking", thinking: text, signature }];
  }
  if (text !== "") list.dropped(at, "Anthropic takes back only reasoning that it has signed.");
  return redacted === undefined ? [] : [{ type: "redacted_thinking", data: redacted }];
}

function encodeToolCall(part: ToolCallPart, at: string, list: NoticeList): JsonObject {
  return {
    type: "tool_use",
    id: callId(part.id),
    name: part.name,
    input: inputOf(part, at, list),
    ...cacheControl(part.cache, at, list),
  };
}

function inputOf(part: ToolCallPart, at: string, list: NoticeList): JsonObject {
  if (part.custom) {
    list.approximated(at, "Anthropic's tools take an object; the free text is its member input.");
    return { input: part.arguments };
  }
  const input = toolInput(part.arguments);
  if (input) return input;
  const problem = isJson(part.arguments) ? "must be a JSON object" : "must be JSON";
  throw invalidField(`${at}.function.arguments`, problem);
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

const FOREIGN = /[^A-Za-z0-9_-]/g;

/** The API takes only letters, digits, `_` and `-`; other vendors' ids hold dots and colons. */
export function callId(id: string): string {
  return id.replace(FOREIGN, (character) => `_${character.charCodeAt(0).toString(16)}`);
}
