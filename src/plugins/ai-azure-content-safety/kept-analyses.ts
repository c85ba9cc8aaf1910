import { createHash } from "node:crypto";
import type { Analysis } from "./analyse.ts";

const MAX_KEPT = 5_000;
/** A changed blocklist takes up to five minutes anyway (https://learn.microsoft.com/azure/ai-services/content-safety/how-to/use-blocklist). */
const KEPT_MS = 5 * 60_000;

interface Kept {
  readonly analysis: Analysis;
  readonly untilMs: number;
}

/** What was found in texts lately, least recently used first: a conversation is looked at once, not at every turn. */
export function keptAnalyses(nowMs: () => number) {
  /** By a hash that nobody finds a second text for. */
  const kept = new Map<string, Kept>();
  return {
    async of(text: string, analyse: () => Promise<Analysis>): Promise<Analysis> {
      const key = createHash("sha256").update(text).digest("base64");
      const known = kept.get(key);
      kept.delete(key);
      const isKnown = known !== undefined && known.untilMs > nowMs();
      const entry = isKnown ? known : { analysis: await analyse(), untilMs: nowMs() + KEPT_MS };
      kept.set(key, entry);
      for (const oldest of kept.keys()) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(oldest);
      }
      return entry.analysis;
    },
  };
}
