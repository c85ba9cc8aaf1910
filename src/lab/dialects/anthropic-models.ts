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
