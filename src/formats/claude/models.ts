/**
 * What the generations of Claude take, wherever they are served. A new generation is a new minimum
 * here; a later version of a family keeps what its forerunner had.
 *
 * https://platform.claude.com/docs/en/about-claude/models/overview
 */
export interface ClaudeTraits {
  /** The output cap that is sent when the client names none: the API insists on one. */
  readonly defaultMaxTokens: number;
  /** How thinking is asked for: a budget in tokens, or adaptively with an effort word. */
  readonly thinking: "none" | "budget" | "adaptive";
  /** The least thinking that can be asked for. */
  readonly thinkingFloor: "disabled" | "between_tools" | "low-effort";
  /** Answers 400 when temperature, top_p or top_k is set. */
  readonly rejectsSampling: boolean;
  /** Answers 400 when temperature and top_p are set together. */
  readonly rejectsCombinedSampling: boolean;
  /** `output_config.format` and strict tools. */
  readonly structuredOutput: boolean;
  /** `tool_choice` may be `any` or `tool`. */
  readonly forcedTools: boolean;
  /** `role: "system"` may stand among the messages. */
  readonly systemTurns: boolean;
  /** The conversation may end with words of the assistant, to go on from. */
  readonly prefill: boolean;
}

type Family = "opus" | "sonnet" | "haiku" | "fable" | "mythos";
type Version = readonly [major: number, minor: number];
type Since = Readonly<Partial<Record<Family, Version>>>;

const ALWAYS: Version = [0, 0];

/** https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking */
const ADAPTIVE: Since = {
  opus: [4, 7],
  sonnet: [5, 0],
  haiku: [5, 5],
  fable: ALWAYS,
  mythos: ALWAYS,
};

/** They think although nobody asked, and out of the same cap. */
const THINKS_BY_DEFAULT: Since = { ...ADAPTIVE, opus: [5, 0] };

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
const STRUCTURED_OUTPUT: Since = {
  opus: [4, 1],
  sonnet: [4, 5],
  haiku: [4, 5],
  fable: ALWAYS,
  mythos: ALWAYS,
};

/** https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages */
const SYSTEM_TURNS: Since = {
  opus: [4, 8],
  sonnet: [5, 0],
  haiku: [5, 5],
  fable: [5, 0],
  mythos: [5, 0],
};

/** https://platform.claude.com/docs/en/about-claude/models/migration-guide */
const NO_COMBINED_SAMPLING: Since = { opus: [4, 1], sonnet: [4, 5], haiku: [4, 5] };
const NO_PREFILL: Since = {
  opus: [4, 6],
  sonnet: [4, 6],
  haiku: [4, 6],
  fable: ALWAYS,
  mythos: ALWAYS,
};
const NO_FORCED_TOOLS: Since = { opus: [5, 5], sonnet: [5, 5], fable: [5, 1] };
const NO_THINKING_SWITCH: Since = { opus: [5, 5], fable: ALWAYS };
const BETWEEN_TOOLS: Since = { sonnet: [5, 5] };

const DEFAULT_MAX_TOKENS = 4096;
export const THINKING_MAX_TOKENS = 16_384;

/** Clients may name any model, so there is no end of them. */
const MAX_KNOWN = 1_000;
const known = new Map<string, ClaudeTraits>();

/** For a name that is no Claude's, such as a deployment's, the traits of the Claude 4 models. */
export function claudeTraits(model: string): ClaudeTraits {
  const before = known.get(model);
  if (before) return before;
  const traits = traitsOf(model);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(model, traits);
  return traits;
}

function traitsOf(model: string): ClaudeTraits {
  const version = versionOf(model);
  const since = (minimums: Since) => reached(version, minimums);
  const adaptive = since(ADAPTIVE);
  return {
    defaultMaxTokens: since(THINKS_BY_DEFAULT) ? THINKING_MAX_TOKENS : DEFAULT_MAX_TOKENS,
    thinking: adaptive ? "adaptive" : BEFORE_THINKING.test(model) ? "none" : "budget",
    thinkingFloor: thinkingFloor(version),
    rejectsSampling: adaptive,
    rejectsCombinedSampling: since(NO_COMBINED_SAMPLING),
    structuredOutput: since(STRUCTURED_OUTPUT),
    forcedTools: !since(NO_FORCED_TOOLS),
    systemTurns: since(SYSTEM_TURNS),
    prefill: !since(NO_PREFILL),
  };
}

function thinkingFloor(version: FamilyVersion | undefined): ClaudeTraits["thinkingFloor"] {
  if (reached(version, BETWEEN_TOOLS)) return "between_tools";
  return reached(version, NO_THINKING_SWITCH) ? "low-effort" : "disabled";
}

const BEFORE_THINKING = /claude-(?:3-(?!7)|3\.(?!7)|2|instant|v)/i;

interface FamilyVersion {
  readonly family: Family;
  readonly version: Version;
}

/** A date behind the version, as in `claude-opus-4-20250514`, is no minor version. */
const NAME = /claude-(opus|sonnet|haiku|fable|mythos)(?:-(\d+)(?:[.-](\d{1,2}))?(?!\d))?/i;

function versionOf(model: string): FamilyVersion | undefined {
  const match = NAME.exec(model);
  const family = match?.[1]?.toLowerCase();
  if (!isFamily(family)) return undefined;
  return { family, version: [Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)] };
}

function isFamily(word: string | undefined): word is Family {
  return word !== undefined && Object.hasOwn(STRUCTURED_OUTPUT, word);
}

function reached(model: FamilyVersion | undefined, minimums: Since): boolean {
  const minimum = model && minimums[model.family];
  if (!model || !minimum) return false;
  const [major, minor] = model.version;
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}
