import { close, constants, fstatSync, open, write } from "node:fs";
import { promisify } from "node:util";

const openFile = promisify(open);
const closeFile = promisify(close);

/** New log files can be read by their owner alone: records name users and may hold prompts. */
const NEW_FILE_MODE = 0o600;

// A pipe without a reader, or a full one, must answer EAGAIN instead of holding a thread.
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

const STANDARD_STREAMS: Readonly<Record<string, number>> = {
  "/dev/stdout": 1,
  "/dev/fd/1": 1,
  "/proc/self/fd/1": 1,
  "/dev/stderr": 2,
  "/dev/fd/2": 2,
  "/proc/self/fd/2": 2,
};

export interface LogFile {
  /** Writes a part from the offset on; resolves with the bytes taken, which may be fewer. */
  write(bytes: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens a path for appending, and creates the file. Rejects with the system's error. */
export async function openLogFile(path: string): Promise<LogFile> {
  const standard = STANDARD_STREAMS[path];
  if (standard === undefined) return ownFile(await openFile(path, APPEND, NEW_FILE_MODE));
  return openStandardStream(path, standard);
}

/**
 * A pipe or terminal is opened anew, so that making it non-blocking touches nobody else's. A plain
 * file keeps the inherited descriptor, whose offset other writers of the stream share; so does what
 * cannot be opened by name (a socket, another user's pipe).
 */
async function openStandardStream(path: string, descriptor: number): Promise<LogFile> {
  const inherited: LogFile = {
    write: (bytes, offset) => writeTo(descriptor, bytes, offset),
    close: async () => {},
  };
  const stat = fstatSync(descriptor);
  if (!stat.isFIFO() && !stat.isCharacterDevice()) return inherited;
  try {
    return ownFile(await openFile(path, APPEND));
  } catch {
    return inherited;
  }
}

function ownFile(descriptor: number): LogFile {
  return {
    write: (bytes, offset) => writeTo(descriptor, bytes, offset),
    close: () => closeFile(descriptor),
  };
}

function writeTo(descriptor: number, bytes: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error) reject(error);
      else resolve(written);
    });
  });
}

/** Controls, formats (directions of writing among them), and what ends a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text from elsewhere as a terminal may show it: nothing in it moves the cursor, and it is not long. */
export function printable(text: string, maxLength = 200): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return short.replace(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
