import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type {
  AssistantPart,
  CachePoint,
  FilePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolMessage,
} from "../../chat/message.ts";
import {
  invalidField,
  objectsOf,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
} from "../fields.ts";
import { decodeCitation } from "./citations.ts";
import { decodeDocument, decodeMedia, fromBlob } from "./media-types.ts";
import type { Unseated } from "./wire.ts";

/** What a block of a client's message says; a result stands for a turn of its own. */
export type Piece =
  | AssistantPart
  | { readonly type: "result"; readonly message: ToolMessage }
  | { readonly type: "cache"; readonly cache: CachePoint };

/** One of https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html */
export function decodeBlock(wire: JsonObject, at: string, unseated: Unseated): Piece | undefined {
  const [member] = Object.keys(wire).filter((key) => wire[key] !== undefined && wire[key] !== null);
  const inside = `${at}.${member}`;
  switch (member) {
    case "text":
      return { type: "text", text: requiredString(wire, member, at) };
    case "image":
    case "audio":
    case "video":
      return decodeMedia(requiredObject(wire, member, at), member, inside);
    case "document":
      return decodeDocument(requiredObject(wire, member, at), inside, unseated);
    case "toolUse":
      return decodeToolUse(requiredObject(wire, member, at), inside, unseated);
    case "toolResult":
      return {
        type: "result",
        message: decodeToolResult(requiredObject(wire, member, at), inside, unseated),
      };
    case "reasoningContent":
      return decodeReasoning(requiredObject(wire, member, at), inside);
    case "cachePoint":
      return { type: "cache", cache: decodeCachePoint(requiredObject(wire, member, at), inside) };
    case "citationsContent":
      return decodeCitedText(requiredObject(wire, member, at), inside);
    case "guardContent":
      return decodeGuarded(requiredObject(wire, member, at), inside, unseated);
    case "searchResult":
      return decodeSearchResult(requiredObject(wire, member, at), inside, unseated);
    case "toolAddition":
    case "toolRemoval":
      unseated(inside, wire[member] ?? null);
      return undefined;
  }
  throw invalidField(at, "must have one member, which is a kind of content that Converse names");
}

export function decodeCachePoint(wire: JsonObject, at: string): CachePoint {
  const ttl = optionalString(wire, "ttl", at);
  return ttl === undefined ? {} : { ttl };
}

function decodeToolUse(wire: JsonObject, at: string, unseated: Unseated): ToolCallPart | undefined {
  const id = requiredString(wire, "toolUseId", at);
  const name = requiredString(wire, "name", at);
  if (wire.type === "server_tool_use") {
    unseated(at, wire);
    return undefined;
  }
  return { type: "tool-call", id, name, arguments: JSON.stringify(wire.input ?? {}) };
}

function decodeToolResult(wire: JsonObject, at: string, unseated: Unseated): ToolMessage {
  const content = objectsOf(requiredArray(wire, "content", at), `${at}.content`, (block, blockAt) =>
    resultPart(block, blockAt, unseated),
  );
  return {
    role: "tool",
    callId: requiredString(wire, "toolUseId", at),
    content: content.filter((part) => part !== undefined),
    ...(wire.status === "error" && { failed: true }),
  };
}

function resultPart(
  wire: JsonObject,
  at: string,
  unseated: Unseated,
): TextPart | FilePart | undefined {
  if (wire.json !== undefined) return { type: "text", text: JSON.stringify(wire.json) };
  const piece = decodeBlock(wire, at, unseated);
  if (piece === undefined || piece.type === "text" || piece.type === "file") return piece;
  throw invalidField(at, "must be text, json, image, document, video or searchResult");
}

function decodeReasoning(wire: JsonObject, at: string): ReasoningPart {
  const redacted = optionalString(wire, "redactedContent", at);
  if (redacted !== undefined) return { type: "reasoning", text: "", redacted: fromBlob(redacted) };
  const shown = requiredObject(wire, "reasoningText", at);
  const signature = optionalString(shown, "signature", `${at}.reasoningText`);
  return {
    type: "reasoning",
    text: requiredString(shown, "text", `${at}.reasoningText`),
    ...(signature !== undefined && { signature }),
  };
}

function decodeCitedText(wire: JsonObject, at: string): TextPart {
  const citations = wire.citations ?? [];
  if (!Array.isArray(citations)) throw invalidField(`${at}.citations`, "must be an array");
  return {
    type: "text",
    text: joinedTexts(wire.content),
    ...(citations.length > 0 && {
      annotations: objectsOf(citations, `${at}.citations`, decodeCitation),
    }),
  };
}

/** The guardrail's marks have no seat; what they mark does. */
function decodeGuarded(wire: JsonObject, at: string, unseated: Unseated): TextPart | FilePart {
  unseated(at, wire.text === undefined ? "image" : "text");
  if (wire.image !== undefined && wire.image !== null) {
    return decodeMedia(requiredObject(wire, "image", at), "image", `${at}.image`);
  }
  const marked = requiredObject(wire, "text", at);
  return { type: "text", text: requiredString(marked, "text", `${at}.text`) };
}

function decodeSearchResult(wire: JsonObject, at: string, unseated: Unseated): TextPart {
  const source = requiredString(wire, "source", at);
  const title = requiredString(wire, "title", at);
  unseated(at, source);
  return { type: "text", text: `${title}\n${source}\n${joinedTexts(wire.content)}` };
}

export function joinedTexts(content: Json | undefined): string {
  if (!Array.isArray(content)) return "";
  return content
    .map((piece) => (isJsonObject(piece) && typeof piece.text === "string" ? piece.text : ""))
    .join("");
}
