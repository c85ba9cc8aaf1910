import { z } from "zod";
import { encodeLogRecord } from "../../telemetry/log-record.ts";
import { customFieldsSchema } from "../../telemetry/queue.ts";
import { definePlugin } from "../define-plugin.ts";
import { leaseLogWriter } from "./log-writers.ts";

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
