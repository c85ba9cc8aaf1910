import type { Fidelity } from "../capabilities.ts";

/** What Cohere's APIs carry alike. */
export const COHERE_FIDELITY = {
  stop: { how: "kept", note: "Five." },
  seed: { how: "kept" },
  "presence-penalty": { how: "kept", note: "From 0 to 1; others are moved to the nearest." },
  "frequency-penalty": { how: "kept", note: "From 0 to 1; others are moved to the nearest." },
  "max-tokens": { how: "kept" },
  temperature: { how: "kept" },
  "top-p": { how: "kept", note: "From 0.01 to 0.99; others are moved to the nearest." },
  "top-k": { how: "kept", note: "Up to 500." },
  user: { how: "dropped" },
  "service-tier": { how: "dropped" },
  "token-usage": { how: "kept", note: "As billed; the model's own count is usage.native." },
  "cached-token-usage": { how: "kept" },
} as const satisfies Partial<Fidelity>;

/** What both of its chats carry alike. */
export const COHERE_CHAT_FIDELITY = {
  ...COHERE_FIDELITY,
  "system-in-place": { how: "kept" },
  "developer-role": { how: "mapped", note: "Written as the system role." },
  "multi-turn": { how: "kept" },
  "allowed-tools": { how: "approximated", note: "Only the allowed tools are shown." },
  documents: { how: "dropped", note: "Text documents are put into the message as text." },
  audio: { how: "dropped" },
  "json-mode": { how: "kept", note: "Beside tools in words." },
  "json-schema": { how: "mapped", note: "Beside tools in words. The schema's name is not sent." },
  "reasoning-signatures": { how: "dropped" },
  refusals: { how: "approximated", note: "Said as text." },
} as const satisfies Partial<Fidelity>;
