import type { AssistantPart, FilePart, Message } from "../../src/chat/message.ts";
import type { ChatRequest, FunctionTool } from "../../src/chat/request.ts";
import type { Capability } from "../../src/formats/capabilities.ts";

const text = (words: string) => ({ type: "text", text: words }) as const;
const user: Message = { role: "user", content: [text("Hi")] };
const system: Message = { role: "system", content: [text("Be brief.")] };
const schema = { type: "object", properties: {}, additionalProperties: false };
const f: FunctionTool = {
  type: "function",
  name: "f",
  parameters: { ...schema, properties: { city: { type: "string" } } },
};
const calling: Message = {
  role: "assistant",
  content: [{ type: "tool-call", id: "a", name: "f", arguments: "{}" }],
};
const result: Message = { role: "tool", callId: "a", content: [text("21")] };
const png: FilePart = {
  type: "file",
  mediaType: "image/png",
  source: { kind: "base64", data: "iVBORw0KGgo=" },
};

const shown = (part: FilePart): Partial<ChatRequest> => ({
  messages: [{ role: "user", content: [text("See"), part] }],
});
const answered = (part: AssistantPart): Partial<ChatRequest> => ({
  messages: [user, { role: "assistant", content: [part] }, user],
});

/** A request that uses each capability; those that only answers have are absent. */
const USES: Readonly<Partial<Record<Capability, Partial<ChatRequest>>>> = {
  system: { messages: [system, user] },
  "system-in-place": { messages: [user, system, user] },
  "developer-role": { messages: [{ ...system, developer: true }, user] },
  "multi-turn": { messages: [user, { role: "assistant", content: [text("Hello")] }, user] },
  "participant-names": { messages: [{ ...user, name: "ada" }] },
  tools: { tools: [f] },
  "vendor-tools": { tools: [{ type: "vendor", format: "another", wire: {} }] },
  "strict-tools": { tools: [{ ...f, strict: true }] },
  "tool-choice": { tools: [f], toolChoice: { type: "tool", name: "f" } },
  "allowed-tools": { tools: [f], toolChoice: { type: "allowed", names: ["f"], required: false } },
  "parallel-tool-calls": { tools: [f], parallelToolCalls: false },
  "tool-results": { tools: [f], messages: [user, calling, result] },
  "tool-result-files": { tools: [f], messages: [user, calling, { ...result, content: [png] }] },
  "failed-tool-results": { tools: [f], messages: [user, calling, { ...result, failed: true }] },
  "image-url": shown({
    type: "file",
    mediaType: "image/*",
    source: { kind: "url", url: "https://example.com/cat.png" },
  }),
  "image-base64": shown(png),
  documents: shown({ ...png, mediaType: "application/pdf" }),
  audio: shown({ ...png, mediaType: "audio/wav" }),
  "json-mode": { responseFormat: { type: "json" } },
  "json-schema": { responseFormat: { type: "json-schema", name: "person", schema } },
  stop: { stop: ["."] },
  seed: { seed: 7 },
  "presence-penalty": { presencePenalty: 0.5 },
  "frequency-penalty": { frequencyPenalty: 0.5 },
  logprobs: { logprobs: { top: 2 } },
  "choice-count": { choiceCount: 2 },
  "max-tokens": { maxTokens: 5 },
  temperature: { temperature: 0.5 },
  "top-p": { topP: 0.9 },
  "top-k": { topK: 4 },
  "reasoning-effort": { reasoning: { effort: "low" } },
  "reasoning-budget": { reasoning: { budgetTokens: 2000 } },
  "reasoning-text": answered({ type: "reasoning", text: "Hm." }),
  "reasoning-signatures": answered({ type: "reasoning", text: "Hm.", signature: "c2ln" }),
  "cache-points": { messages: [{ role: "user", content: [{ ...text("Hi"), cache: {} }] }] },
  citations: answered({
    ...text("It is."),
    annotations: [{ type: "citation", url: "https://a.b" }],
  }),
  refusals: answered({ type: "refusal", text: "No." }),
  user: { user: "ada" },
  "service-tier": { serviceTier: "flex" },
};

/** Where a format takes the use above only in another form, as its table's note says. */
const OTHERWISE: Readonly<Record<string, typeof USES>> = {
  "gemini-generate": {
    "reasoning-signatures": answered({
      type: "reasoning",
      text: "Hm.",
      signature: "c2ln",
      signer: "google-gemini-v1",
    }),
  },
  "anthropic-messages": {
    "service-tier": { serviceTier: "auto" },
    "reasoning-text": answered({ type: "reasoning", text: "Hm.", signature: "c2ln" }),
  },
};

/** The model that a table speaks of where formats know models. */
const MODELS: Readonly<Record<string, string>> = {
  "anthropic-messages": "claude-sonnet-4-5",
  "bedrock-converse": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "gemini-generate": "gemini-2.5-flash",
};

/** A request in which `format` is asked for a capability; undefined for one that only answers have. */
export function requestUsing(
  capability: Capability,
  format: string,
  kind: ChatRequest["kind"] = "chat",
): ChatRequest | undefined {
  const use = OTHERWISE[format]?.[capability] ?? USES[capability];
  const base = { kind, model: MODELS[format] ?? "m", messages: [user], stream: false } as const;
  return use && { ...base, ...use };
}
