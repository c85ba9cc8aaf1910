import { isObject, type JsonObject } from "../json-schema.ts";
import { blocksOf, listOf, wrong } from "./anthropic-check.ts";

/** What one of Anthropic's models takes, by its own rules. */
interface ModelTraits {
  /** Thinks without a budget, and takes no sampling parameters. */
  readonly adaptive: boolean;
  /** Takes temperature or top_p, not both. */
  readonly oneSampler: boolean;
  /** Takes turns of the system among the messages. */
  readonly systemTurns: boolean;
  /** Can be made to call a tool. */
  readonly forcedTools: boolean;
  /** Goes on from words that are put into its mouth. */
  readonly prefill: boolean;
}

/** https://platform.claude.com/docs/en/about-claude/models/migration-guide */
const ADAPTIVE = /claude-(?:opus-(?:4-[78]|[5-9])|sonnet-[5-9]|haiku-5|fable|mythos)/;
const ONE_SAMPLER = /claude-(?:opus-4-[156]|sonnet-4-[56]|haiku-4-5)/;
const SYSTEM_TURNS = /claude-(?:opus-(?:4-8|[5-9])|sonnet-[5-9]|haiku-5|fable-5|mythos-5)/;
const NO_FORCED_TOOLS = /claude-(?:opus-5-5|sonnet-5-5|fable-5-1)/;
const NO_PREFILL =
  /claude-(?:opus-(?:4-[6-8]|[5-9])|sonnet-(?:4-6|[5-9])|haiku-5|fable|mythos)(?!\d)/;

export function traitsOf(model: string): ModelTraits {
  return {
    adaptive: ADAPTIVE.test(model),
    oneSampler: ONE_SAMPLER.test(model),
    systemTurns: SYSTEM_TURNS.test(model),
    forcedTools: !NO_FORCED_TOOLS.test(model),
    prefill: !NO_PREFILL.test(model),
  };
}

/** What the version of October 2026 refuses and its forerunner takes. */
const STRICTER_SINCE = "2026-10-21";
const SAMPLING = ["temperature", "top_p", "top_k"];

export function checkVersion(wire: JsonObject, version: string): void {
  if (version < STRICTER_SINCE) return;
  for (const member of SAMPLING) {
    if (wire[member] !== undefined) throw wrong(member, "Extra inputs are not permitted");
  }
  listOf(wire["messages"]).forEach((message, i) => {
    blocksOf(message).forEach((block, k) => {
      const at = `messages.${i}.content.${k}`;
      const isOfAssistant = message["role"] === "assistant";
      if (isOfAssistant && block["type"] === "document") {
        throw wrong(at, "`document` blocks are not permitted in assistant messages");
      }
      if (!isOfAssistant && isCited(block)) {
        throw wrong(`${at}.text.citations`, "citations are not permitted on user text blocks");
      }
    });
  });
}

function isCited({ type, citations }: JsonObject): boolean {
  return type === "text" && Array.isArray(citations) && citations.some(isObject);
}
