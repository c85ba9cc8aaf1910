import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import type {
  AssistantPart,
  CachePoint,
  FilePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolMessage,
} from "../../chat/message.ts";
import { invalidField } from "../fields.ts";
import { toolInput } from "../tools.ts";
import { encodeCitation, isOwn } from "./citations.ts";
import { encodeCachePoint } from "./encode-tools.ts";
import { encodeFile, type FileState, toBlob } from "./media-types.ts";
import { toWireId, toWireName } from "./tools.ts";

/** Blocks that belong together: a part and the cache point after it. */
export type Blocks = readonly JsonObject[];

export function encodeUserPart(part: TextPart | FilePart, at: string, state: FileState): Blocks {
  if (part.type === "text") return encodeText(part, at, state);
  const block = encodeFile(part, at, state);
  return block ? [block, ...cachePoint(part.cache, at, state)] : [];
}

/** Converse refuses a blank text. */
export function encodeText(part: TextPart, at: string, state: FileState): Blocks {
  if (part.signature !== undefined) {
    state.notices.dropped(at, "Converse has no seat for another vendor's proof over a text.");
  }
  if (part.text.trim() === "") {
    if (part.cache) state.notices.dropped(`${at}.cache_control`, "Converse caches no blank text.");
    return [];
  }
  return [textBlock(part, at, state), ...cachePoint(part.cache, at, state)];
}

function textBlock({ text, annotations = [] }: TextPart, at: string, state: FileState): JsonObject {
  if (annotations.length === 0) return { text };
  const own = annotations.filter(({ raw }) => raw && isOwn(raw));
  if (own.length < annotations.length) {
    state.notices.dropped(`${at}.annotations`, "Converse takes back its own citations only.");
  }
  if (own.length === 0) return { text };
  return { citationsContent: { content: [{ text }], citations: own.map(encodeCitation) } };
}

function cachePoint(cache: CachePoint | undefined, at: string, state: FileState): Blocks {
  return cache ? encodeCachePoint(cache, at, state.family, state.notices) : [];
}

export function encodeAssistantPart(part: AssistantPart, at: string, state: FileState): Blocks {
  switch (part.type) {
    case "text":
      return encodeText(part, at, state);
    case "refusal":
      state.notices.approximated(at, "Converse has no seat for a refusal; it stands as text.");
      return part.text.trim() === "" ? [] : [{ text: part.text }];
    case "reasoning":
      return encodeReasoningPart(part, at, state);
    case "tool-call":
      return [encodeCall(part, at, state), ...cachePoint(part.cache, at, state)];
    case "file":
      state.notices.dropped(at, "Converse takes files in the user's turns only.");
      return [];
  }
}

function encodeReasoningPart(part: ReasoningPart, at: string, state: FileState): Blocks {
  const { text, signature, redacted } = part;
  if (redacted !== undefined) {
    if (text !== "")
      state.notices.approximated(at, "Of a hidden thought only its sealed form goes back.");
    return [{ reasoningContent: { redactedContent: toBlob(redacted) } }];
  }
  if (signature === undefined && !state.family.unsignedReasoning) {
    state.notices.dropped(at, "The model takes back no reasoning without its signature.");
    return [];
  }
  if (text === "" && signature === undefined) return [];
  const proof = signature === undefined ? {} : { signature };
  return [{ reasoningContent: { reasoningText: { text, ...proof } } }];
}

function encodeCall(part: ToolCallPart, at: string, state: FileState): JsonObject {
  if (part.signature !== undefined) {
    state.notices.dropped(`${at}.signature`, "Converse has no seat for a proof over a tool call.");
  }
  if (part.custom) {
    state.notices.approximated(at, "Converse has no tool with free text; it stands as `input`.");
  }
  const input = part.custom ? { input: part.arguments } : parseArguments(part.arguments, at);
  return { toolUse: { toolUseId: toWireId(part.id), name: toWireName(part.name), input } };
}

function parseArguments(text: string, at: string): JsonObject {
  const input = toolInput(text);
  if (input) return input;
  throw invalidField(`${at}.function.arguments`, "must be the JSON of an object");
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A result that is a JSON object goes as JSON, as Converse's models expect it. */
export function encodeToolResult(message: ToolMessage, at: string, state: FileState): Blocks {
  const content: JsonObject[] = [];
  let cache: CachePoint | undefined;
  for (const [i, part] of message.content.entries()) {
    cache = part.cache ?? cache;
    const block =
      part.type === "text" ? resultText(part.text) : encodeFile(part, `${at}.content[${i}]`, state);
    if (block) content.push(block);
  }
  const toolUseId = toWireId(message.callId);
  const status = message.failed ? { status: "error" } : {};
  return [{ toolResult: { toolUseId, content, ...status } }, ...cachePoint(cache, at, state)];
}

function resultText(text: string): JsonObject | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const json = trimmed.startsWith("{") ? parsed(trimmed) : undefined;
  return isJsonObject(json) ? { json } : { text };
}
