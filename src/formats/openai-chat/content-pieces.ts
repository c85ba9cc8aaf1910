import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";

export interface ContentPiece {
  readonly kind: "text" | "reasoning";
  readonly text: string;
}

/**
 * An answer's `content`: a string, or the list of parts that Mistral's reasoning models send
 * (https://docs.mistral.ai/capabilities/reasoning). Empty pieces say nothing and are left out.
 */
export function contentPieces(content: Json | undefined): readonly ContentPiece[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter(isJsonObject).flatMap(piecesOf);
}

function piecesOf(part: JsonObject): readonly ContentPiece[] {
  if (part.type === "text" && typeof part.text === "string" && part.text !== "") {
    return [{ kind: "text", text: part.text }];
  }
  if (part.type !== "thinking") return [];
  return contentPieces(part.thinking).map(({ text }) => ({ kind: "reasoning", text }));
}
