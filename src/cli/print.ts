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
