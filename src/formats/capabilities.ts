/** What a request or an answer may hold that not every wire format can say. */
export const CAPABILITIES = [
  "system",
  "system-in-place",
  "developer-role",
  "multi-turn",
  "participant-names",
  "tools",
  "vendor-tools",
  "strict-tools",
  "tool-choice",
  "allowed-tools",
  "parallel-tool-calls",
  "tool-results",
  "tool-result-files",
  "failed-tool-results",
  "image-url",
  "image-base64",
  "documents",
  "audio",
  "json-mode",
  "json-schema",
  "stop",
  "seed",
  "presence-penalty",
  "frequency-penalty",
  "logprobs",
  "choice-count",
  "max-tokens",
  "temperature",
  "top-p",
  "top-k",
  "reasoning-effort",
  "reasoning-budget",
  "reasoning-text",
  "reasoning-signatures",
  "cache-points",
  "citations",
  "refusals",
  "user",
  "service-tier",
  "token-usage",
  "cached-token-usage",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** What becomes of each capability in a format; every loss in a request also yields a notice. */
export type Fidelity = Readonly<
  Record<
    Capability,
    {
      readonly how: "kept" | "mapped" | "approximated" | "dropped";
      readonly note?: string;
    }
  >
>;
