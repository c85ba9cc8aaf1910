import { setImmediate as othersTurn } from "node:timers/promises";
import type { GatewayError } from "../../chat/error.ts";
import { distanceBetween } from "../../vectors/distance.ts";
import type { ConfiguredVectors } from "../configured-vectors.ts";
import type { SemanticGuardOptions } from "./options.ts";
import type { WatchedTexts } from "./watched-texts.ts";
import { lengthsFor, MAX_LETTERS, plain, sentencesOf, windowsOf } from "./windows.ts";

/** How a prompt stands to the rules; the log tells it. */
export interface Verdict {
  /** Absent where the prompt may pass. */
  readonly blockReason?: BlockReason;
  /** The rule that decided: what was denied, or what was allowed. */
  readonly matchedRule?: string;
  /** Of the nearest rule of the kind that decided. */
  readonly distance?: number;
  /** What was asked of the embedding model; absent where there was no need. */
  readonly embedding?: { readonly latencyMs: number; readonly promptTokens: number };
  /** Why it could not be compared. */
  readonly failure?: GatewayError;
}

export type BlockReason =
  | "prompt is near a denied one"
  | "prompt is near none that is allowed"
  | "prompt is too long to be compared"
  | "prompt holds no text that can be compared";

/** Rejects as `Embedder.embed` does. */
export type Judge = (watched: WatchedTexts, signal: AbortSignal) => Promise<Verdict>;

interface Nearest {
  readonly rule: string;
  readonly distance: number;
}

/** Products of vectors of which others do not wait for the end. */
const NUMBERS_AT_ONCE = 2_000_000;

export function judgeByRules(
  { rules, search, vectordb }: Pick<SemanticGuardOptions, "rules" | "search" | "vectordb">,
  vectors: ConfiguredVectors,
): Judge {
  const { allow_prompts: allow = [], deny_prompts: deny = [] } = rules;
  const { threshold } = search;
  const space = { metric: vectordb.distance_metric };
  const denied = new Map(deny.map((rule) => [folded(rule), rule]));
  // Rules of letters that nobody sees would be in every text.
  denied.delete("");
  const lengths = lengthsFor([...deny, ...allow]);

  async function nearest(
    windows: readonly Float32Array[],
    prompts: readonly string[],
    known: ReadonlyMap<string, Float32Array>,
  ): Promise<Nearest | undefined> {
    let found: Nearest | undefined;
    let numbers = 0;
    for (const rule of prompts) {
      const vector = known.get(rule);
      if (!vector) continue;
      for (const window of windows) {
        const distance = distanceBetween(space, vector, window);
        if (!found || distance < found.distance) found = { rule, distance };
      }
      numbers += windows.length * vector.length;
      if (numbers < NUMBERS_AT_ONCE) continue;
      numbers = 0;
      await othersTurn();
    }
    return found;
  }

  /** A rule word for word is found whatever a model makes of it, and without one. */
  function wordForWord({ said, beside }: WatchedTexts): string | undefined {
    for (const text of [...said, ...beside]) {
      const rule = denied.get(folded(text));
      if (rule !== undefined) return rule;
      for (const sentence of sentencesOf(plain(text))) {
        const inside = denied.get(folded(sentence));
        if (inside !== undefined) return inside;
      }
    }
    return undefined;
  }

  return async (watched, signal) => {
    let letters = 0;
    for (const text of [...watched.said, ...watched.beside]) letters += text.length;
    if (letters > MAX_LETTERS) return { blockReason: "prompt is too long to be compared" };
    const literal = wordForWord(watched);
    if (literal !== undefined) {
      return { blockReason: "prompt is near a denied one", matchedRule: literal, distance: 0 };
    }
    const said = windowsOf(watched.said, lengths);
    const beside = deny.length > 0 ? windowsOf(watched.beside, lengths) : [];
    if (!said || !beside) return { blockReason: "prompt is too long to be compared" };
    if (said.length + beside.length === 0) {
      return allow.length > 0 ? { blockReason: "prompt is near none that is allowed" } : {};
    }
    const [known, asked] = await Promise.all([
      vectors.byText(),
      vectors.embedder.embed([...said, ...beside], signal),
    ]);
    const embedding = { latencyMs: asked.latencyMs, promptTokens: asked.promptTokens };
    const bad = await nearest(asked.vectors, deny, known);
    if (bad && bad.distance <= threshold) {
      const { rule: matchedRule, distance } = bad;
      return { blockReason: "prompt is near a denied one", matchedRule, distance, embedding };
    }
    // A tool's description is no question: what is asked must be allowed by itself.
    const good = await nearest(asked.vectors.slice(0, said.length), allow, known);
    if (allow.length === 0) return { ...(bad && { distance: bad.distance }), embedding };
    const distance = good && { distance: good.distance };
    if (good && good.distance <= threshold)
      return { matchedRule: good.rule, ...distance, embedding };
    return { blockReason: "prompt is near none that is allowed", ...distance, embedding };
  };
}

/** What differs in case, blanks or the end of a sentence is the same words. */
function folded(text: string): string {
  const lower = plain(text).toLowerCase().replace(/\s+/g, " ");
  return lower.replace(/[\p{Sentence_Terminal} ]+$/u, "") || lower;
}
