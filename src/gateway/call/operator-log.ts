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

/** What a process says to whoever runs it: it has one output, and one measure of what is worth saying there. */
export interface OperatorLog {
  /** Tells, unless it is too light. */
  tell(happening: Happening): void;
  /** The same for what is a sentence and no more. It must hold no secret. */
  say(level: LogLevel, sentence: string): void;
  /** Errors whatever the measure: nothing else says why a configuration is not used. */
  problem(level: ProblemLevel, line: string): void;
  /** From now on, or until `undefined` says that it is standard error again. */
  setOutput(output: OperatorOutput | undefined): void;
}

/** On standard error until another output is set. */
export function createOperatorLog(lightest: LogLevel = "notice"): OperatorLog {
  let output = STANDARD_ERROR;
  const isWorthSaying = (level: LogLevel) =>
    LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(lightest);
  const tell = (happening: Happening) => {
    if (isWorthSaying(happening.level)) output.tell(happening);
  };
  return {
    tell,
    say: (level, sentence) => tell({ level, event: "message", sentence }),
    problem(level, line) {
      if (level === "error" || isWorthSaying(level)) output.problem(level, line);
    },
    setOutput(other) {
      output = other ?? STANDARD_ERROR;
    },
  };
}
