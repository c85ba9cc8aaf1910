import type { JsonObject } from "./json.ts";

/**
 * What one call used, in tokens. `promptTokens` counts every prompt token, cached or not;
 * `completionTokens` counts every generated token, reasoning included.
 */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** The vendor's own total, or the sum. */
  readonly totalTokens: number;
  /** Prompt tokens read from the vendor's cache (part of `promptTokens`). */
  readonly cachedTokens?: number;
  /** Prompt tokens written to the vendor's cache (part of `promptTokens`), by time to live; `""` where none is named. */
  readonly cacheWriteTokens?: Readonly<Record<string, number>>;
  readonly reasoningTokens?: number;
  readonly promptAudioTokens?: number;
  readonly completionAudioTokens?: number;
  readonly acceptedPredictionTokens?: number;
  readonly rejectedPredictionTokens?: number;
  /** The tier that the vendor says served the call. */
  readonly serviceTier?: string;
  /** Counted here because the vendor reported nothing. */
  readonly estimated?: true;
  /** The vendor's own count, where it differs from the one it bills (Cohere's `tokens`). */
  readonly native?: JsonObject;
}
