import { z } from "zod";
import type { LoadContext } from "../config.ts";
import type { RawRecord } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { fillVariables } from "./variables.ts";

const EXPECTED = "expected redis://HOST:PORT, or rediss:// for TLS";

const limitStoreSchema = z.strictObject({
  redis: z
    .string()
    .refine((text) => redisOptions(text) !== undefined, EXPECTED)
    .describe("redis://USER:PASSWORD@HOST:PORT/DATABASE; rediss:// for TLS."),
});

/** `limits` of a file: where gateways that share limits count, as options of a Redis; undefined for the process alone. */
export function readLimitStore(
  written: unknown,
  { env }: LoadContext,
  reading: Reading,
): RawRecord | undefined {
  if (written === undefined) return undefined;
  const filled = fillVariables(written, ["limits"], env, reading);
  const store = readValue(limitStoreSchema, filled, ["limits"], reading);
  return store && redisOptions(store.redis);
}

function redisOptions(text: string): RawRecord | undefined {
  const url = URL.parse(text);
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === "") return undefined;
  const database = url.pathname.slice(1);
  if (!/^\d*$/.test(database)) return undefined;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    ...(url.port && { port: Number(url.port) }),
    ...(url.username && { username: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
    ...(database && { database: Number(database) }),
    ...(url.protocol === "rediss:" && { ssl: true }),
  };
}
