/** Weights of what is told to whoever runs the gateway, lightest first. */
export const LOG_LEVELS = [
  "debug",
  "info",
  "notice",
  "warn",
  "error",
  "crit",
  "alert",
  "emerg",
] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Something that happened, for whoever runs the gateway. It must hold no secret. */
export interface Happening {
  readonly level: LogLevel;
  /** Its kind, in one word: `target_ejected`. */
  readonly event: string;
  readonly sentence: string;
  /** What programs want to know of it; in the sentence too. */
  readonly facts?: Readonly<Record<string, string | number | undefined>>;
}

/** Where that goes. It must return at once. */
export interface OperatorOutput {
  tell(happening: Happening): void;
  /** What is wrong with a configuration, in a line that is complete as it is. */
  problem(level: ProblemLevel, line: string): void;
}

export type ProblemLevel = "error" | "warn";

/** Until a server runs, lines are few and nobody waits for anything else. */
const STANDARD_ERROR: OperatorOutput = {
  tell: ({ sentence }) => console.error(`dragoman: ${sentence}`),
  problem: (_, line) => console.error(line),
};

/** One process has one output, and one measure of what is worth saying there. */
let output = STANDARD_ERROR;
let lightest: LogLevel = "notice";

export function setLogLevel(level: LogLevel): void {
  lightest = level;
}

/** From now on, or until `undefined` says otherwise. */
export function setOperatorOutput(other: OperatorOutput | undefined): void {
  output = other ?? STANDARD_ERROR;
}

function isWorthSaying(level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(lightest);
}

/** Tells, unless it is too light. */
export function tell(happening: Happening): void {
  if (isWorthSaying(happening.level)) output.tell(happening);
}

/** The same for what is a sentence and no more. It must hold no secret. */
export function say(level: LogLevel, sentence: string): void {
  tell({ level, event: "message", sentence });
}

/** Errors whatever the measure: nothing else says why a configuration is not used. */
export function tellProblem(level: ProblemLevel, line: string): void {
  if (level === "error" || isWorthSaying(level)) output.problem(level, line);
}
