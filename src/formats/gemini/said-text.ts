import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import { proseOf } from "./prose.ts";

/** A candidate's words so far, and where in them each part of its content begins. */
export interface Said {
  readonly words: string;
  readonly starts: readonly number[];
}

export interface SaidText {
  /** Reads the parts of one chunk. */
  add(parts: readonly JsonObject[]): void;
  said(): Said;
}

/** A part that is cut over chunks is one part, as in a whole answer. */
export function saidText(): SaidText {
  const starts: number[] = [];
  let words = "";
  let open: "text" | "thought" | undefined;

  function add(parts: readonly JsonObject[]) {
    for (const [i, part] of parts.entries()) {
      const kind = kindOf(part);
      const goesOn = i === 0 && kind !== undefined && kind === open;
      if (!goesOn) starts.push(words.length);
      open = part.thoughtSignature === undefined ? kind : undefined;
      if (kind !== "thought" && !isJsonObject(part.functionCall)) words += proseOf(part);
    }
  }

  return { add, said: () => ({ words, starts }) };
}

function kindOf(part: JsonObject): "text" | "thought" | undefined {
  if (part.thought === true) return "thought";
  return typeof part.text === "string" ? "text" : undefined;
}
