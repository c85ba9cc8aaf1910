// How many cores this process may really use, and what the runtime is told of that.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { posix } from "node:path";

/**
 * The runtime counts the cores that the scheduler allows (`taskset`, `cpuset`), and knows nothing of a share of
 * their time: with the time of one among 64 it starts eight threads that collect, and the kernel then stops all of
 * them, the one that serves calls too, until the next period. What is set already stays.
 */
export function threadEnvironment(facts = machine) {
  const cores = usableCores(facts);
  return cores < facts.allowedCores ? { BUN_JSC_numberOfGCMarkers: String(cores) } : {};
}

const machine = {
  allowedCores: availableParallelism(),
  readFile(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return null;
    }
  },
};

/**
 * Whole cores: those that the scheduler allows, and no more than the time that the control group or one above it
 * gives; at least one (https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html#cpu-interface-files and
 * https://www.kernel.org/doc/html/latest/scheduler/sched-bwc.html).
 */
export function usableCores({ allowedCores, readFile } = machine) {
  const shares = cpuGroups(readFile("/proc/self/cgroup") ?? "").map((group) =>
    coresOf(quotaIn(group, readFile)),
  );
  return Math.max(1, Math.floor(Math.min(allowedCores, ...shares)));
}

/** Lines are `id:controllers:path`; version 2 has the id 0 and names no controllers. */
function cpuGroups(membership) {
  return membership.split("\n").flatMap((line) => {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    const isUnified = id === "0" && controllers === "";
    if (!isUnified && !controllers.split(",").includes("cpu")) return [];
    return upwards(path).map((group) => ({ isUnified, group }));
  });
}

/** A group and those above it: within a container the path may be one that only its host has. */
function upwards(path) {
  return path === "/" ? ["/"] : [path, ...upwards(posix.dirname(path))];
}

/** Microseconds of a period, both as they are written. */
function quotaIn({ isUnified, group }, readFile) {
  if (isUnified) {
    return (readFile(posix.join("/sys/fs/cgroup", group, "cpu.max")) ?? "").trim().split(" ");
  }
  const file = (name) => readFile(posix.join("/sys/fs/cgroup/cpu", group, name))?.trim();
  return [file("cpu.cfs_quota_us"), file("cpu.cfs_period_us")];
}

/** Without a limit the quota is `max`, or -1 (version 1). */
function coresOf([quota = "", period = ""]) {
  const isLimited = /^\d+$/.test(quota) && /^[1-9]\d*$/.test(period);
  return isLimited ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY;
}
