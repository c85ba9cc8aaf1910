import { availableParallelism } from "node:os";
import type { Listen } from "../config/environment/parse-setting.ts";
import { ListenError, listening } from "./listening.ts";
import { processMemoryBytes } from "./memory-limit.ts";

/** One thing that `dragoman doctor` has looked at. */
export interface Finding {
  /** A word or two. */
  readonly about: string;
  /** `unknown` where it could not be found out. */
  readonly verdict: "ok" | "warning" | "error" | "unknown";
  /** What was found, and what to do where that is not well. */
  readonly message: string;
}

const MIB = 1024 * 1024;

/** A busy gateway beside the runtime's own 60 MiB; bodies may take a quarter of what there is. */
const SMALL_MEMORY_BYTES = 256 * MIB;

/** A streamed call takes two: the client's connection and the provider's. */
const FEW_FILES = 4096;

/** What the machine gives: the runtime, cores, memory, and how many files may be open. */
export function machineFindings(): readonly Finding[] {
  const memoryBytes = processMemoryBytes();
  const runtime = `Bun ${Bun.version} on ${process.platform} ${process.arch}`;
  const memory = `${availableParallelism()} cores, ${Math.floor(memoryBytes / MIB)} MiB of memory`;
  return [
    { about: "runtime", verdict: "ok", message: runtime },
    memoryBytes < SMALL_MEMORY_BYTES
      ? {
          about: "machine",
          verdict: "warning",
          message: `${memory}, which is little: give it ${SMALL_MEMORY_BYTES / MIB}`,
        }
      : { about: "machine", verdict: "ok", message: memory },
    ...openFiles(),
  ];
}

/** Not told on a machine without a POSIX shell. */
function openFiles(): readonly Finding[] {
  if (process.platform === "win32") return [];
  const { stdout } = Bun.spawnSync(["sh", "-c", "ulimit -n"]);
  const said = stdout.toString().trim();
  const message = `${said} files may be open at once`;
  if (said === "unlimited" || Number(said) >= FEW_FILES)
    return [{ about: "open files", verdict: "ok", message }];
  const calls = Math.floor(Number(said) / 2);
  return [
    {
      about: "open files",
      verdict: "warning",
      message: `${message}, enough for some ${calls} calls: raise it with \`ulimit -n\`, or LimitNOFILE in a unit file`,
    },
  ];
}

/** Whether each address can be listened on. */
export function addressFindings(
  listens: readonly Listen[],
  option: "--listen" | "--admin",
): Promise<readonly Finding[]> {
  return Promise.all(listens.map((listen) => addressFinding(listen, option)));
}

async function addressFinding(
  { host, port }: Listen,
  option: "--listen" | "--admin",
): Promise<Finding> {
  const about = option === "--listen" ? "gateway" : "admin";
  const hostname = host.replace(/^\[(.*)\]$/, "$1");
  try {
    const held = await listening({ hostname, port, option }, () =>
      Bun.listen({ hostname, port, socket: { data: () => undefined } }),
    );
    held.stop(true);
    return { about, verdict: "ok", message: `${host}:${port} is free` };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    return { about, verdict: "error", message: error.message };
  }
}
