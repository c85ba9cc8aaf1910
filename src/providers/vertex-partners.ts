import type { JsonObject } from "../chat/json.ts";
import { anthropicMessages } from "../formats/anthropic/messages/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { FamilyRules } from "./chat-rules.ts";
import { MISTRAL_PLATFORM } from "./mistral-platform.ts";
import { ANSWER_MEMBERS, OPENAI_CHAT, OPENAI_LIKE } from "./openai-dialect.ts";
import type { RouteType } from "./operations.ts";
import type { Invocation, ModelOptions } from "./provider.ts";
import { adaptForClaude } from "./sampling.ts";
import { CLAUDE_TOOL_NAMES, PLAIN_TOOL_NAMES, type ToolNameRule } from "./tool-names.ts";

/**
 * A maker whose models Vertex AI serves in the maker's own dialect, under `publishers/{publisher}` and
 * `:rawPredict` (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models).
 */
export interface VertexPartner {
  readonly publisher: string;
  readonly formats: Readonly<Partial<Record<RouteType, WireFormat>>>;
  /** See `Provider`. */
  readonly deviates?: true;
  readonly families?: FamilyRules;
  readonly toolNames?: ToolNameRule;
  /** What the maker's dialect has otherwise here. */
  adapt(wire: JsonObject, invocation: Invocation): JsonObject;
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude */
const CLAUDE_VERSION = "vertex-2023-10-16";

const anthropic: VertexPartner = {
  publisher: "anthropic",
  toolNames: CLAUDE_TOOL_NAMES,
  formats: { "llm/v1/chat": anthropicMessages, "llm/v1/completions": anthropicMessages },
  adapt(wire, invocation) {
    // The path names the model, and a body that names it too is refused.
    const { model: _, ...body } = adaptForClaude(wire, invocation);
    const { anthropic_version: version } = invocation.options;
    return { anthropic_version: version ?? CLAUDE_VERSION, ...body };
  },
};

const mistralai: VertexPartner = {
  publisher: "mistralai",
  deviates: true,
  families: MISTRAL_PLATFORM,
  formats: { "llm/v1/chat": OPENAI_CHAT.format() },
  adapt: unversioned,
};

const ai21: VertexPartner = {
  publisher: "ai21",
  families: [
    ...OPENAI_LIKE,
    {
      about: "",
      rules: { messages: { refused: ANSWER_MEMBERS }, tools: { names: PLAIN_TOOL_NAMES } },
    },
  ],
  formats: { "llm/v1/chat": OPENAI_CHAT.format() },
  adapt: unversioned,
};

const PARTNERS: readonly (readonly [name: RegExp, partner: VertexPartner])[] = [
  [/^claude-/, anthropic],
  [/^(?:mistral|ministral|codestral|mixtral)-/, mistralai],
  [/^jamba-/, ai21],
];

/** Whether the three coordinates of a Vertex project are set. */
export function isVertex({
  gemini: { api_endpoint, project_id, location_id },
}: ModelOptions): boolean {
  return Boolean(api_endpoint && project_id && location_id);
}

/** Undefined for Google's own models, and for names that say nothing. */
export function vertexPartner(model: string): VertexPartner | undefined {
  return PARTNERS.find(([name]) => name.test(model))?.[1];
}

/** `mistral-large@2407` is that version of `mistral-large`: the path names both, the body the model. */
function unversioned(wire: JsonObject): JsonObject {
  const { model } = wire;
  if (typeof model !== "string" || !model.includes("@")) return wire;
  return { ...wire, model: model.slice(0, model.indexOf("@")) };
}
