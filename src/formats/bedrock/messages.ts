import type { JsonObject } from "../../chat/json.ts";
import type {
  AssistantPart,
  CachePoint,
  FilePart,
  Message,
  SystemMessage,
  TextPart,
  ToolMessage,
} from "../../chat/message.ts";
import { invalidField, objectsOf, requiredArray, requiredString } from "../fields.ts";
import { decodeBlock, type Piece } from "./decode-content.ts";
import type { Unseated } from "./wire.ts";

/** The prompt's own blocks: each text is a turn, and a cache point belongs to the text before it. */
export function decodeSystem(
  wire: readonly JsonObject[],
  at: string,
  unseated: Unseated,
): SystemMessage[] {
  const turns: SystemMessage[] = [];
  for (const [i, block] of wire.entries()) {
    const piece = decodeBlock(block, `${at}[${i}]`, unseated);
    if (piece?.type === "text") turns.push({ role: "system", content: [piece] });
    else if (piece?.type === "cache") {
      const last = turns.pop();
      if (last) turns.push({ ...last, content: withCache(last.content, piece.cache) });
    } else if (piece) throw invalidField(`${at}[${i}]`, "must be text in this role");
  }
  return turns;
}

/** A turn of the wire is several of ours where it brings results of tools. */
export function decodeMessage(wire: JsonObject, at: string, unseated: Unseated): Message[] {
  const role = requiredString(wire, "role", at);
  const blocks = requiredArray(wire, "content", at);
  if (role === "system") {
    const texts = objectsOf(blocks, `${at}.content`, (block) => block);
    const turns = decodeSystem(texts, `${at}.content`, unseated);
    return [{ role, content: turns.flatMap((turn) => turn.content) }];
  }
  const pieces = objectsOf(blocks, `${at}.content`, (block, blockAt) =>
    decodeBlock(block, blockAt, unseated),
  ).filter((piece) => piece !== undefined);
  if (role === "user") return userTurns(pieces, at);
  if (role === "assistant") return [{ role, content: assistantParts(pieces, at) }];
  throw invalidField(`${at}.role`, "must be user, assistant or system");
}

function userTurns(pieces: readonly Piece[], at: string): Message[] {
  const turns: Message[] = [];
  let said: (TextPart | FilePart)[] = [];

  function flush() {
    if (said.length > 0) turns.push({ role: "user", content: said });
    said = [];
  }

  for (const piece of pieces) {
    switch (piece.type) {
      case "text":
      case "file":
        said.push(piece);
        break;
      case "cache":
        if (said.length > 0) said = withCache(said, piece.cache);
        else cacheResult(turns, piece.cache);
        break;
      case "result":
        flush();
        turns.push(piece.message);
        break;
      case "refusal":
      case "reasoning":
      case "tool-call":
        throw invalidField(`${at}.content`, `must not hold a ${piece.type} in the user's turn`);
    }
  }
  flush();
  return turns.length > 0 ? turns : [{ role: "user", content: [] }];
}

function cacheResult(turns: Message[], cache: CachePoint): void {
  const last = turns.at(-1);
  if (last?.role !== "tool") return;
  const cached: ToolMessage = { ...last, content: withCache(last.content, cache) };
  turns.splice(-1, 1, cached);
}

function assistantParts(pieces: readonly Piece[], at: string): AssistantPart[] {
  let parts: AssistantPart[] = [];
  for (const piece of pieces) {
    if (piece.type === "result") {
      throw invalidField(`${at}.content`, "must not hold a tool's result in the assistant's turn");
    }
    if (piece.type === "cache") parts = withCache(parts, piece.cache);
    else parts.push(piece);
  }
  return parts;
}

/** A cache point belongs to the last part before it that can bear one. */
function withCache<Part extends AssistantPart>(parts: readonly Part[], cache: CachePoint): Part[] {
  const at = parts.findLastIndex(
    (part) => part.type === "text" || part.type === "file" || part.type === "tool-call",
  );
  return parts.map((part, i) => (i === at ? { ...part, cache } : part));
}
