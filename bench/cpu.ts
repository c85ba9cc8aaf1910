import { readdirSync, readFileSync } from "node:fs";

/** What a set of processes has cost so far, from `/proc`; Linux only. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export interface Usage {
  /** User and system time of all threads, microseconds. */
  readonly cpuMicros: number;
  readonly residentKib: number;
}

/** `getconf CLK_TCK` is 100 on every Linux architecture Bun runs on. */
const microsPerTick = 1_000_000 / 100;

export function usageOf(pids: readonly number[]): Usage {
  return pids.map(usageOfProcess).reduce(
    (sum, one) => ({
      cpuMicros: sum.cpuMicros + one.cpuMicros,
      residentKib: sum.residentKib + one.residentKib,
    }),
    { cpuMicros: 0, residentKib: 0 },
  );
}

/** This process and everything below it, parents first. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statFields(Number(name));
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

function usageOfProcess(pid: number): Usage {
  const fields = statFields(pid);
  if (fields === undefined) throw new Error(`process ${pid} ended while it was being measured`);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    cpuMicros: (Number(fields[11]) + Number(fields[12])) * microsPerTick,
    residentKib: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0),
  };
}

/** The fields after the command name, which may itself hold spaces and parentheses: [0] is the state. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
