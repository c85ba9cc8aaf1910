import type { Happening, LogLevel, OperatorOutput } from "../gateway/call/operator-log.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import { callLine, clockTime } from "../telemetry/call-line.ts";
import { type CallRecord, shownStatus } from "../telemetry/call-record.ts";
import { systemClock } from "../telemetry/elapsed.ts";
import { failureTally } from "../telemetry/failure-tally.ts";
import { type LineWriter, lineWriter } from "../telemetry/line-writer.ts";
import { printable } from "../telemetry/log-file.ts";

export interface OutputSettings {
  /** No line for each call. */
  readonly quiet: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Of this process. */
export function terminals(quiet: boolean): OutputSettings {
  return {
    quiet,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    env: process.env,
  };
}

export interface ProcessOutput extends OperatorOutput {
  /** Told of every finished call. */
  onCall(record: CallRecord): void;
  /** Writes what waits, unless nobody reads it. */
  close(): Promise<void>;
}

const MAX_SENTENCE_LENGTH = 2_000;
const MAX_WAITING_BYTES = 1024 * 1024;
const CLOSE_DEADLINE_MS = 2_000;

/**
 * What the running gateway says: on standard error what changes and what fails, as text on a
 * terminal and as JSON elsewhere; on standard output, where that is a terminal, a line for each call.
 * Whoever does not read holds nothing up: lines wait in bounded memory, the oldest are dropped and counted.
 */
export function processOutput(
  settings: OutputSettings,
  { metrics, operatorLog }: ProcessState,
): ProcessOutput {
  const { stdoutIsTerminal, stderrIsTerminal, quiet } = settings;
  const paint = painter(settings);
  const line = stderrIsTerminal ? (told: Happening) => textLine(told, paint) : jsonLine;
  const errors = writerTo("/dev/stderr", metrics);
  // In order with what else is said there, where both are the same terminal.
  const calls = stdoutIsTerminal && !stderrIsTerminal ? writerTo("/dev/stdout", metrics) : errors;
  const showsCalls = stdoutIsTerminal && !quiet;
  const failures = failureTally(systemClock, (failure) =>
    operatorLog.tell({ level: "warn", ...failure }),
  );
  return {
    tell: (happening) => errors.write(line(happening)),
    problem: (level, problem) =>
      errors.write(
        stderrIsTerminal
          ? problem
          : jsonLine({ level, event: "config_problem", sentence: problem }),
      ),
    onCall(record) {
      failures.saw(record);
      if (showsCalls) calls.write(paint(callLine(record), colourOf(shownStatus(record))));
    },
    async close() {
      failures.close();
      const written = Promise.all(new Set([errors, calls]).values().map((one) => one.close()));
      const late = Promise.withResolvers<void>();
      // Nothing may be left that keeps the process once all is written.
      const timer = setTimeout(late.resolve, CLOSE_DEADLINE_MS);
      await Promise.race([written, late.promise]);
      clearTimeout(timer);
    },
  };
}

function writerTo(path: string, metrics: ProcessState["metrics"]): LineWriter {
  return lineWriter({
    path,
    reopen: false,
    maxWaitingBytes: MAX_WAITING_BYTES,
    clock: systemClock,
    onDrop: (count, reason) => metrics.logDrops.add(count, "operator", reason),
    // There is no other place to say it; what is lost is counted.
    report: () => {},
  });
}

type Colour = "red" | "yellow" | "none";
type Paint = (text: string, colour: Colour) => string;

const CODES = { red: 31, yellow: 33 } as const;

/** https://no-color.org */
function painter({ env, stdoutIsTerminal, stderrIsTerminal }: OutputSettings): Paint {
  const isPlain = Boolean(env["NO_COLOR"]) || env["TERM"] === "dumb";
  if (isPlain || !(stdoutIsTerminal || stderrIsTerminal)) return (text) => text;
  return (text, colour) => (colour === "none" ? text : `\x1b[${CODES[colour]}m${text}\x1b[0m`);
}

function colourOf(status: number): Colour {
  return status >= 500 ? "red" : status >= 400 ? "yellow" : "none";
}

function textLine({ level, sentence }: Happening, paint: Paint): string {
  const text = `${clockTime(Date.now())} ${level}: ${printable(sentence, MAX_SENTENCE_LENGTH)}`;
  return paint(text, colourOfLevel(level));
}

function colourOfLevel(level: LogLevel): Colour {
  switch (level) {
    case "debug":
    case "info":
    case "notice":
      return "none";
    case "warn":
      return "yellow";
    case "error":
    case "crit":
    case "alert":
    case "emerg":
      return "red";
  }
}

function jsonLine({ level, event, sentence, facts }: Happening): string {
  const time = new Date().toISOString();
  const message = printable(sentence, MAX_SENTENCE_LENGTH);
  return JSON.stringify({ time, level, event, message, ...facts });
}
