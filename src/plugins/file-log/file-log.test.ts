import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleCall } from "../../../tests/fixtures/sample-call.ts";
import { createProcessState } from "../../gateway/create-process-state.ts";
import { fileLog } from "./file-log.ts";

const processState = createProcessState();
const context = (id: string) => ({ id, scope: {}, processState });
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "file-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("file-log", () => {
  test("appends a record a line; instances and generations share the file", async () => {
    const path = join(folder, "calls.log");
    const first = fileLog.create({ path }, context("1"));
    const second = fileLog.create({ path }, context("2"));
    for (let call = 0; call < 50; call += 1) {
      first.log?.(sampleCall());
      second.log?.(sampleCall());
    }
    await first.close?.();
    second.log?.(sampleCall());
    await second.close?.();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(101);
    for (const line of lines) expect(JSON.parse(line).ai.proxy.usage.cost).toBe(0.00037);
  });

  test("G14 /dev/full loses records, counts them, and nothing else", async () => {
    const errors = spyOn(console, "error").mockImplementation(() => {});
    const plugin = fileLog.create({ path: "/dev/full" }, context("3"));
    plugin.log?.(sampleCall());
    await plugin.close?.();
    expect(errors).toHaveBeenCalledTimes(1);
    errors.mockRestore();
    expect(processState.metrics.text()).toContain(
      'dragoman_log_entries_dropped_total{sink="file-log",reason="closed"} 1\n',
    );
  });

  test("has the reference's defaults and refuses Lua", () => {
    expect(fileLog.options.parse({ path: "/tmp/x" })).toEqual({
      path: "/tmp/x",
      reopen: false,
      custom_fields_by_lua: {},
    });
    const refused = fileLog.options.safeParse({
      path: "/tmp/x",
      custom_fields_by_lua: { a: "return 1" },
    });
    expect(refused.error?.issues).toMatchObject([
      {
        path: ["custom_fields_by_lua"],
        message: "Lua in log fields is not supported; remove custom_fields_by_lua",
      },
    ]);
  });
});
