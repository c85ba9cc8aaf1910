import { expect, test } from "bun:test";
import { memoryLimitBytes } from "./memory-limit.ts";

const GIB = 1024 ** 3;

function limitWith(files: Readonly<Record<string, string>>): number {
  return memoryLimitBytes({ machineBytes: 8 * GIB, readFile: (path) => files[path] ?? null });
}

test.each([
  ["a machine without control groups", {}, 8 * GIB],
  [
    "a container with version 2",
    { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": `${GIB}\n` },
    GIB,
  ],
  [
    "a group without a limit in one that has it",
    {
      "/proc/self/cgroup": "0::/system.slice/gateway.service\n",
      "/sys/fs/cgroup/system.slice/gateway.service/memory.max": "max\n",
      "/sys/fs/cgroup/system.slice/memory.max": `${2 * GIB}\n`,
    },
    2 * GIB,
  ],
  [
    "version 1",
    {
      "/proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${3 * GIB}\n`,
      "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
    },
    3 * GIB,
  ],
  [
    "more than the machine has",
    { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": `${64 * GIB}\n` },
    8 * GIB,
  ],
])("%s", (_name, files, limitBytes) => {
  expect(limitWith(files as Record<string, string>)).toBe(limitBytes);
});
