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

/** What becomes of it wherever a prompt is one text. */
export const TEXT_FIDELITY = {
  "participant-names": { how: "dropped" },
  tools: { how: "dropped" },
  "vendor-tools": { how: "dropped" },
  "strict-tools": { how: "dropped" },
  "tool-choice": { how: "dropped" },
  "allowed-tools": { how: "dropped" },
  "parallel-tool-calls": { how: "dropped" },
  stop: { how: "kept" },
  "reasoning-effort": { how: "dropped" },
  "reasoning-budget": { how: "dropped" },
  "cache-points": { how: "dropped" },
  "service-tier": { how: "dropped" },
} as const satisfies Partial<Fidelity>;

/** The same where all that is said is joined to that text, and what is no text is refused. */
export const JOINED_FIDELITY = {
  ...TEXT_FIDELITY,
  system: { how: "approximated", note: "Joined to the prompt." },
  "system-in-place": { how: "approximated", note: "Joined to the prompt." },
  "developer-role": { how: "approximated", note: "Joined to the prompt." },
  "multi-turn": { how: "approximated", note: "The turns are joined to one prompt." },
  "tool-result-files": { how: "dropped", note: "Refused: the prompt is text." },
  "image-url": { how: "dropped", note: "Refused: the prompt is text." },
  "image-base64": { how: "dropped", note: "Refused: the prompt is text." },
  documents: { how: "dropped", note: "Refused: the prompt is text." },
  audio: { how: "dropped", note: "Refused: the prompt is text." },
  "reasoning-text": { how: "dropped", note: "Refused: the prompt is text." },
  "reasoning-signatures": { how: "dropped", note: "Refused: the prompt is text." },
  citations: { how: "dropped" },
  refusals: { how: "dropped", note: "Refused in a request; said as text in an answer." },
  user: { how: "dropped" },
} as const satisfies Partial<Fidelity>;
