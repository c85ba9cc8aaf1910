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

/** One process has one standard error, and one measure of what is worth saying there. */
let lightest: LogLevel = "notice";

export function setLogLevel(level: LogLevel): void {
  lightest = level;
}

/** Writes a line to standard error, unless it is too light. It must hold no secret. */
export function say(level: LogLevel, line: string): void {
  if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(lightest)) console.error(line);
}
