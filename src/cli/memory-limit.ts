import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { posix } from "node:path";

/** What tells of limits; a file that is not there is null. */
export interface MemoryFacts {
  readonly machineBytes: number;
  readFile(path: string): string | null;
}

/** Of this process, on this machine. */
export function processMemoryBytes(): number {
  return memoryLimitBytes({ machineBytes: totalmem(), readFile: fileText });
}

function fileText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/**
 * Bytes of memory that this process may use: what its control group or one above it allows, and never more
 * than the machine has (https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html#memory and
 * https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v1/memory.html).
 */
export function memoryLimitBytes({ machineBytes, readFile }: MemoryFacts): number {
  const limits = limitFiles(readFile("/proc/self/cgroup") ?? "").map((path) =>
    limitIn(readFile(path)),
  );
  return Math.min(machineBytes, ...limits);
}

/** Lines are `id:controllers:path`; version 2 has the id 0 and names no controllers. */
function limitFiles(membership: string): readonly string[] {
  return membership.split("\n").flatMap((line) => {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === "0" && controllers === "") {
      return upwards(path).map((group) => posix.join("/sys/fs/cgroup", group, "memory.max"));
    }
    if (!controllers.split(",").includes("memory")) return [];
    return upwards(path).map((group) =>
      posix.join("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"),
    );
  });
}

/** A group and those above it: within a container the path may be one that only its host has. */
function upwards(path: string): readonly string[] {
  return path === "/" ? ["/"] : [path, ...upwards(posix.dirname(path))];
}

/** Without a limit the file says `max`, or (version 1) more than any machine has. */
function limitIn(text: string | null): number {
  const written = text?.trim() ?? "";
  return /^\d+$/.test(written) ? Number(written) : Number.POSITIVE_INFINITY;
}
