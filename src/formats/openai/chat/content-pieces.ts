import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";

export type ContentPiece = { readonly kind: "text"; readonly text: string } | ReasoningPiece;

export interface ReasoningPiece {
  readonly kind: "reasoning";
  readonly text: string;
  readonly signature?: string;
  readonly redacted?: string;
}

/**
 * An answer's `content`: a string, or the list of parts that some vendors send for reasoning models:
 * Mistral (https://docs.mistral.ai/capabilities/reasoning) and Databricks
 * (https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models). Empty pieces
 * say nothing and are left out.
 */
export function contentPieces(content: Json | undefined): readonly ContentPiece[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter(isJsonObject).flatMap(piecesOf);
}

function piecesOf(part: JsonObject): readonly ContentPiece[] {
  switch (part.type) {
    case "text":
      return contentPieces(typeof part.text === "string" ? part.text : "");
    case "thinking":
      return contentPieces(part.thinking).map(({ text }) => ({ kind: "reasoning", text }));
    case "reasoning":
      return Array.isArray(part.summary)
        ? part.summary.filter(isJsonObject).flatMap(summaryPiece)
        : [];
  }
  return [];
}

/** What is encrypted stands in `data`; a signature may come alone, behind the words that it signs. */
function summaryPiece({ text, signature, data }: JsonObject): readonly ContentPiece[] {
  const words = typeof text === "string" ? text : "";
  const isSigned = typeof signature === "string" && signature !== "";
  const isRedacted = typeof data === "string" && data !== "";
  if (words === "" && !isSigned && !isRedacted) return [];
  return [
    {
      kind: "reasoning",
      text: words,
      ...(isSigned && { signature }),
      ...(isRedacted && { redacted: data }),
    },
  ];
}
