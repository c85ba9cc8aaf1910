import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean } from "../config/file/report.ts";

/** An option of a command line, and what is said of it. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly default?: string;
  /** What stands for the value, such as `FILE`. */
  readonly value?: string;
  /** One phrase: what it does, in what unit. */
  readonly about: string;
}

type CommandOptions = Readonly<Record<string, CommandOption>>;

interface ReadCommand<Options extends CommandOptions> {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** What comes before the options, such as `FILE [REQUEST.json]`. */
  readonly operands?: string;
  readonly options: Options;
  /** The exit code. Throws `UsageError` for a command line that makes no sense. */
  run(values: Values<Options>, operands: readonly string[]): Promise<number>;
}

type Values<Options extends CommandOptions> = ReturnType<
  typeof parseArgs<ParseArgsConfig & { options: Options; strict: true }>
>["values"];

export interface Command {
  readonly name: string;
  readonly about: string;
  readonly options: CommandOptions;
  /** The command line behind `dragoman`. */
  readonly usage: string;
  /** The exit code. Throws `UsageError` for a command line it cannot read. */
  run(argv: readonly string[]): Promise<number>;
}

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {}

export function defineCommand<const Options extends CommandOptions>(
  command: ReadCommand<Options>,
): Command {
  const { name, about, operands, options } = command;
  return {
    name,
    about,
    options,
    usage: [name, ...(operands ? [operands] : []), ...Object.entries(options).map(inUsage)].join(
      " ",
    ),
    run(argv) {
      const { values, positionals } = readArguments(argv, options);
      if (!operands) refuseArguments(positionals);
      return command.run(values, positionals);
    },
  };
}

/** `-c, --config FILE`: an option as its help names it. */
export function optionName([name, { short, value }]: readonly [string, CommandOption]): string {
  return `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`;
}

function inUsage([name, { short, value }]: readonly [string, CommandOption]): string {
  return `[${short ? `-${short}` : `--${name}`}${value ? ` ${value}` : ""}]`;
}

function readArguments<const Options extends CommandOptions>(
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [, unknown] = /^Unknown option '(-[^']+)'/.exec(error.message) ?? [];
    throw new UsageError(unknown === undefined ? error.message : noOption(unknown, options));
  }
}

function noOption(written: string, options: CommandOptions): string {
  const hint = didYouMean(
    written,
    Object.keys(options).map((name) => `--${name}`),
  );
  return `no option '${written}'${hint ? `; ${hint}` : ""}`;
}

/** For a command that takes options alone: anything else is a `UsageError`, never left unread. */
export function refuseArguments([first]: readonly string[]): void {
  if (first !== undefined) throw new UsageError(`'${first}' means nothing here`);
}

/** `HOST:PORT`, `:PORT` or `PORT`; the host, `[…]` taken off, defaults to the loopback address. */
export function readAddress(text: string): { hostname: string; port: number } {
  const [, host = "", port = ""] = /^(?:(.*):)?([0-9]{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw new UsageError(`'${text}' is no address: write HOST:PORT, such as 127.0.0.1:8000`);
  }
  const hostname = host === "" ? "127.0.0.1" : host.replace(/^\[(.*)\]$/, "$1");
  return { hostname, port: Number(port) };
}

/** Standard output did not take what a command has to say; the message says why. */
export class OutputError extends Error {}

/**
 * Writes what a command was asked for, and ends the line. Throws `OutputError` where that failed, as on
 * a disk that is full. A reader that has seen enough, such as `head`, is no failure.
 */
export async function print(text: string): Promise<void> {
  try {
    await Bun.write(Bun.stdout, `${text}\n`);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EPIPE") return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OutputError(`the output was not written: ${reason}`, { cause });
  }
}
