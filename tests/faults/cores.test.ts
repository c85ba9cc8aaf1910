import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { threadEnvironment, usableCores } from "../../bin/cores.mjs";

function facts(allowedCores: number, files: Readonly<Record<string, string>>) {
  return { allowedCores, readFile: (path: string) => files[path] ?? null };
}

const V2 = "0::/pod.slice/gateway\n";
const ABOVE = "/sys/fs/cgroup/pod.slice/cpu.max";
const OWN = "/sys/fs/cgroup/pod.slice/gateway/cpu.max";
const V1 = "9:name=systemd:/\n4:cpu,cpuacct:/docker/abc\n0::/\n";
const V1_GROUP = "/sys/fs/cgroup/cpu/docker/abc";

describe("the cores that a process may really use", () => {
  test.each([
    ["a machine without control groups", 8, {}, 8],
    ["no limit", 8, { "/proc/self/cgroup": V2, [OWN]: "max 100000\n" }, 8],
    ["version 2", 64, { "/proc/self/cgroup": V2, [OWN]: "200000 100000\n" }, 2],
    [
      "a group without a limit in one that has it",
      64,
      { "/proc/self/cgroup": V2, [OWN]: "max 100000\n", [ABOVE]: "300000 100000\n" },
      3,
    ],
    ["a share of one core", 64, { "/proc/self/cgroup": V2, [OWN]: "50000 100000\n" }, 1],
    ["one and a half", 64, { "/proc/self/cgroup": V2, [OWN]: "150000 100000\n" }, 1],
    ["more time than there are cores", 2, { "/proc/self/cgroup": V2, [OWN]: "800000 100000\n" }, 2],
    [
      "version 1",
      64,
      {
        "/proc/self/cgroup": V1,
        [`${V1_GROUP}/cpu.cfs_quota_us`]: "400000\n",
        [`${V1_GROUP}/cpu.cfs_period_us`]: "100000\n",
      },
      4,
    ],
    [
      "version 1 without a limit",
      64,
      {
        "/proc/self/cgroup": V1,
        [`${V1_GROUP}/cpu.cfs_quota_us`]: "-1\n",
        [`${V1_GROUP}/cpu.cfs_period_us`]: "100000\n",
      },
      64,
    ],
  ])("%s", (_name, allowedCores, files, cores) => {
    expect(usableCores(facts(allowedCores, files as Record<string, string>))).toBe(cores);
  });
});

describe("the runtime's collector has no more threads than that", () => {
  test("where a group's share of time is less than its cores", () => {
    const files = { "/proc/self/cgroup": V2, [OWN]: "100000 100000\n" };
    expect(threadEnvironment(facts(64, files))).toEqual({ BUN_JSC_numberOfGCMarkers: "1" });
  });

  test("and is left alone where the runtime counts right by itself", () => {
    expect(threadEnvironment(facts(64, {}))).toEqual({});
  });

  test("and what the environment says already stays", async () => {
    const node = Bun.spawn(
      [
        "node",
        join(import.meta.dirname, "../../bin/bun.mjs"),
        "-e",
        "console.log(process.env.BUN_JSC_numberOfGCMarkers)",
      ],
      { env: { ...process.env, BUN_JSC_numberOfGCMarkers: "3" }, stdout: "pipe" },
    );
    expect(await node.stdout.text()).toBe("3\n");
  });
});
