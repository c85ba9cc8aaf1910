import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manualClock } from "../../tests/fixtures/manual-clock.ts";
import { type LineWriterSetup, lineWriter } from "./line-writer.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "line-writer-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function rig(setup: Partial<LineWriterSetup> = {}) {
  const clock = manualClock();
  const path = setup.path ?? join(folder, "calls.log");
  const drops: string[] = [];
  const reports: string[] = [];
  const writer = lineWriter({
    reopen: false,
    clock,
    onDrop: (count, reason) => drops.push(`${count} ${reason}`),
    report: (sentence) => reports.push(sentence),
    ...setup,
    path,
  });
  return { clock, path, drops, reports, writer, text: () => readFileSync(path, "utf8") };
}

describe("lineWriter", () => {
  test("creates the file for its owner alone and appends lines in order", async () => {
    const { writer, path, text } = rig();
    for (let line = 0; line < 5000; line += 1) writer.write(`line ${line} ${"x".repeat(40)}`);
    await writer.flush();
    writer.write("last");
    await writer.close();
    const lines = text().split("\n");
    expect(lines).toHaveLength(5002);
    expect(lines[4999]).toStartWith("line 4999 ");
    expect(lines.slice(5000)).toEqual(["last", ""]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("gathers lines for a moment before it writes", async () => {
    const { writer, clock } = rig();
    writer.write("a");
    writer.write("b");
    expect(clock.pendingMs).toEqual([20]);
    await writer.close();
    expect(clock.pendingMs).toEqual([]);
  });

  test("leaves a renamed file behind when told to reopen, and only then", async () => {
    for (const reopen of [true, false]) {
      const { writer, path } = rig({ reopen, path: join(folder, `calls-${reopen}.log`) });
      writer.write("before");
      await writer.flush();
      renameSync(path, `${path}.1`);
      writer.write("after");
      await writer.close();
      expect(readFileSync(`${path}.1`, "utf8")).toBe(reopen ? "before\n" : "before\nafter\n");
    }
  });

  test("a full disk pauses the log, which goes on by itself without a gap", async () => {
    const path = join(folder, "link.log");
    symlinkSync("/dev/full", path);
    const { writer, clock, reports, drops } = rig({ path });
    writer.write("first");
    await writer.flush();
    writer.write("second");
    clock.advance(9_999);
    expect(reports).toEqual([
      `log file ${path}: cannot be written (ENOSPC); records wait in memory, next try in 10 s`,
    ]);
    unlinkSync(path);
    clock.advance(1);
    await writer.flush();
    expect(readFileSync(path, "utf8")).toBe("first\nsecond\n");
    expect(reports[1]).toBe(`log file ${path}: writing again`);
    expect(drops).toEqual([]);
    await writer.close();
  });

  test("what waits is bounded, and what could not be written is counted at the end", async () => {
    const { writer, drops } = rig({ path: "/dev/full" });
    writer.write("x");
    await writer.flush();
    const megabyte = "y".repeat(1024 * 1024 - 1);
    for (let line = 0; line < 40; line += 1) writer.write(megabyte);
    expect(drops).toEqual(new Array(8).fill("1 full"));
    await writer.close();
    expect(drops.at(-1)).toBe("33 closed");
    writer.write("late");
    expect(drops.at(-1)).toBe("1 closed");
  });

  test("a path that cannot be opened is told once", async () => {
    const { writer, reports } = rig({ path: join(folder, "no", "such", "folder.log") });
    writer.write("a");
    await writer.flush();
    await writer.flush();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain("(ENOENT)");
    await writer.close();
  });
});

describe("standard output", () => {
  const script = join(import.meta.dir, "../../tests/fixtures/line-writer.ts");

  test("a reader that stops holds nobody up, and loses nothing when it goes on", async () => {
    const gate = join(folder, "gate");
    const pipeline = 'mkfifo "$2" && "$0" "$1" 4000 | (read -r go < "$2"; cat)';
    const child = Bun.spawn(["sh", "-c", pipeline, process.execPath, script, gate], {
      stderr: "pipe",
    });
    const text = new Response(child.stdout).text();
    for await (const told of child.stderr) {
      expect(new TextDecoder().decode(told)).toBe("gone on\n");
      await Bun.write(gate, "go\n");
    }
    expect((await text).split("\n")).toHaveLength(4001);
    expect(await child.exited).toBe(0);
  });

  test("a plain file behind it is appended to", async () => {
    const path = join(folder, "out.txt");
    const child = Bun.spawn([process.execPath, script, "3"], {
      stdout: Bun.file(path),
      stderr: "ignore",
    });
    expect(await child.exited).toBe(0);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  });

  test("a reader that has gone costs records, not the process", async () => {
    const child = Bun.spawn(
      ["sh", "-c", `"$0" "$1" 2000 | head -c 10 >/dev/null`, process.execPath, script],
      {
        stderr: "pipe",
      },
    );
    expect(await new Response(child.stderr).text()).toContain("EPIPE");
    expect(await child.exited).toBe(0);
  });
});
