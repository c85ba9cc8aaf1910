import { z } from "zod";
import { say } from "../../gateway/call/operator-log.ts";
import { systemClock } from "../../telemetry/elapsed.ts";
import { processMetrics } from "../../telemetry/gateway-metrics.ts";
import { type LineWriter, lineWriter } from "../../telemetry/line-writer.ts";
import { encodeLogRecord } from "../../telemetry/log-record.ts";
import { customFieldsSchema } from "../../telemetry/queue.ts";
import { definePlugin } from "../define-plugin.ts";

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => !path.includes("\0"), "not a valid filename")
    .describe(
      "File that records are appended to, one JSON object a line; `/dev/stdout` works. A file that does not exist is created, readable by its owner alone.",
    ),
  reopen: z
    .boolean()
    .default(false)
    .describe(
      "Open the file anew for every batch of lines, so that it may be rotated by renaming.",
    ),
  custom_fields_by_lua: customFieldsSchema,
});

export const fileLog = definePlugin({
  name: "file-log",
  priority: 9,
  about: "Appends one JSON record for each finished call to a file.",
  options,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create({ path, reopen }) {
    const lease = leaseLogWriter(path, reopen);
    return {
      log: (record) => lease.writer.write(encodeLogRecord(record)),
      close: () => lease.release(),
    };
  },
});

interface Shared {
  readonly writer: LineWriter;
  users: number;
}

/** Open files of this process: instances of one path, and old and new configuration, share one. */
const open = new Map<string, Shared>();

export interface Lease {
  readonly writer: LineWriter;
  /** The last one to release writes what waits and closes the file. */
  release(): Promise<void>;
}

export function leaseLogWriter(path: string, reopen: boolean): Lease {
  const key = `${reopen ? "reopen" : "keep"} ${path}`;
  const shared = open.get(key) ?? create(path, reopen);
  open.set(key, shared);
  shared.users += 1;
  let released = false;
  return {
    writer: shared.writer,
    async release() {
      if (released) return;
      released = true;
      shared.users -= 1;
      if (shared.users > 0) {
        await shared.writer.flush();
        return;
      }
      open.delete(key);
      await shared.writer.close();
    },
  };
}

function create(path: string, reopen: boolean): Shared {
  const writer = lineWriter({
    path,
    reopen,
    clock: systemClock,
    onDrop: (count, reason) => processMetrics.logDrops.add(count, "file-log", reason),
    report: (sentence) => say("error", sentence),
  });
  return { writer, users: 0 };
}
