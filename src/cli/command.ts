import { type ParseArgsConfig, parseArgs } from "node:util";

export interface Command {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** The command line behind `dragoman`. */
  readonly usage: string;
  /** The exit code. Throws `UsageError` for a command line it cannot read. */
  run(argv: readonly string[]): Promise<number>;
}

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {}

/** Reads options and positional arguments; an unknown option is a `UsageError`. */
export function readArguments<const Options extends ParseArgsConfig["options"]>(
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
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
