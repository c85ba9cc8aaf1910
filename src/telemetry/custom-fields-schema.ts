import { z } from "zod";

/** The reference runs Lua here; refused rather than ignored, for a field may exist to hide something. */
export const customFieldsSchema = z
  .record(z.string(), z.string())
  .default({})
  .refine(
    (fields) => Object.keys(fields).length === 0,
    "Lua in log fields is not supported; remove custom_fields_by_lua",
  )
  .describe("Log fields computed by Lua code; not supported, so it must be empty.");
