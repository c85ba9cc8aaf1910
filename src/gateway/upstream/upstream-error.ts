import { type ErrorCode, GatewayError } from "../../chat/error.ts";

/** Whether the peer closed the connection in place of an answer. */
export function hasClosed(error: unknown): boolean {
  return systemCode(error) === "ECONNRESET";
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const INVALID = "An invalid response was received from the upstream server";

const SYSTEM_CODES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  ECONNREFUSED: { code: "upstream_connect_failed", message: INVALID },
  EHOSTUNREACH: { code: "upstream_connect_failed", message: INVALID },
  ENETUNREACH: { code: "upstream_connect_failed", message: INVALID },
  ENOTFOUND: { code: "upstream_dns", message: "name resolution failed" },
  EAI_AGAIN: { code: "upstream_dns", message: "name resolution failed" },
  ETIMEDOUT: { code: "upstream_timeout", message: "The upstream server is timing out" },
  ECONNRESET: { code: "upstream_reset", message: INVALID },
};

/** What a failed exchange, or a body that broke while it was read, means. */
export function upstreamError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const system = systemCode(cause);
  const known = system === undefined ? undefined : SYSTEM_CODES[system];
  if (known) return new GatewayError(known.code, known.message, { cause });
  if (system !== undefined && /CERT|TLS|SSL|VERIFY/.test(system)) {
    return new GatewayError("upstream_tls", INVALID, { cause });
  }
  if (cause instanceof Error && cause.name === "TimeoutError") {
    return new GatewayError("upstream_timeout", "The upstream server is timing out", { cause });
  }
  return new GatewayError("upstream_reset", INVALID, { cause });
}
