import type { Fidelity } from "./capabilities.ts";

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
