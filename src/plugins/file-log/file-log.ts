import { z } from "zod";
import type { ProcessState } from "../../gateway/call/process-state.ts";
import { systemClock } from "../../telemetry/elapsed.ts";
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
  create({ path, reopen }, { processState }) {
    const lease = leaseWriter(processState, path, reopen);
    return {
      log: (record) => lease.writer.write(encodeLogRecord(record)),
      close: () => lease.release(),
    };
  },
});

/** Where a path's lines go: its instances, and old and new configuration, share one open file. */
function leaseWriter(
  { kept, metrics, operatorLog }: ProcessState,
  path: string,
  reopen: boolean,
): Lease {
  const { value: writer, release } = kept.keep(
    `file-log ${reopen ? "reopen" : "keep"} ${path}`,
    () =>
      lineWriter({
        path,
        reopen,
        clock: systemClock,
        onDrop: (count, reason) => metrics.logDrops.add(count, "file-log", reason),
        report: (sentence) => operatorLog.say("error", sentence),
      }),
  );
  return { writer, release: () => (release() ? writer.close() : writer.flush()) };
}

interface Lease {
  readonly writer: LineWriter;
  /** The last one to release writes what waits and closes the file. */
  release(): Promise<void>;
}
