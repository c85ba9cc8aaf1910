import { DEFAULT_SERVICE_TIMEOUT_MS } from "../../routing/entities.ts";
import type { Call } from "../call/call.ts";
import type { Clocks } from "../call/upstream.ts";
import { withReadTimeout } from "./target-clocks.ts";

/**
 * The clocks of a call whose upstream takes the place of its route's service: what was set at the
 * service still says how patient to be, as in the reference.
 */
export function serviceClocks({ clocks, service }: Call): Clocks {
  if (!service) return clocks;
  const { connectTimeoutMs, headersTimeoutMs, readTimeoutMs } = service;
  const isUnset =
    connectTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS &&
    headersTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS &&
    readTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS;
  if (isUnset) return clocks;
  const isReadUnset = readTimeoutMs === DEFAULT_SERVICE_TIMEOUT_MS;
  const patient = isReadUnset ? clocks : withReadTimeout(clocks, readTimeoutMs);
  return { ...patient, connectMs: connectTimeoutMs, headersMs: headersTimeoutMs };
}
