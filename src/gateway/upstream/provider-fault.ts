import { type ErrorCode, GatewayError } from "../../chat/error.ts";
import type { Asking } from "../call/call.ts";
import type { Plan } from "../call/plan.ts";

/**
 * What went wrong with a provider, as the client is to be told. Where routes ask for it, the refusal
 * of a credential that is the gateway's own is no 401, which would have the client give up a key that
 * is good; and what the provider did not say itself names the provider. The attempt is noted to be refused.
 */
export function providerFault(error: GatewayError, call: Asking, plan: Plan): GatewayError {
  const isNamed = plan.settings.providerFailures === "named";
  if (refusesCredential(error) && !isClients(call, plan)) {
    const attempt = call.record.attempts.at(-1);
    if (attempt) attempt.refusedCredential = true;
    return isNamed ? refused(error, plan) : error;
  }
  return isNamed && isSilent(error) ? named(error, plan) : error;
}

function refused(error: GatewayError, { resolved, model }: Plan): GatewayError {
  const wanted = model === "" ? "" : ` for model '${model}'`;
  const message = `The provider '${resolved.target.name}' refused the gateway's own credential${wanted} (status ${error.status}); whoever runs the gateway has to renew it`;
  return new GatewayError("upstream_auth_failed", message, { cause: error });
}

/** Whether nothing of it is the vendor's own word. */
function isSilent({ code, vendor }: GatewayError): boolean {
  return code.startsWith("upstream_") && code !== "upstream_auth_failed" && !vendor;
}

function named(error: GatewayError, { resolved, model }: Plan): GatewayError {
  const { code, message, status, retryAfterMs, cause } = error;
  const who = `provider '${resolved.target.name}'${model === "" ? "" : `, model '${model}'`}`;
  return new GatewayError(code, `${message} (${who})`, {
    status,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** A 403 may have other reasons (a region, a filter): the vendor's words for its kind decide. */
function refusesCredential({ status, code, vendor }: GatewayError): boolean {
  if (code === "upstream_auth_failed") return false;
  if (status === 401 || code === "unauthenticated") return true;
  if (status !== 403 && code !== "permission_denied") return false;
  const words = `${vendor?.type ?? ""} ${vendor?.code ?? ""}`;
  return words.split(WORD_BORDER).some((word) => OF_CREDENTIALS.has(word.toLowerCase()));
}

/** `permission_error`, `API_KEY_SERVICE_BLOCKED`, `UnrecognizedClientException`. */
const WORD_BORDER = /[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/;

const OF_CREDENTIALS: ReadonlySet<string> = new Set([
  "access",
  "apikey",
  "auth",
  "authentication",
  "authorization",
  "client",
  "credential",
  "credentials",
  "key",
  "permission",
  "permissions",
  "signature",
  "token",
  "unauthenticated",
  "unauthorized",
]);

/** Whether the client has brought the credential that was sent. */
function isClients({ request, prompt }: Asking, { resolved }: Plan): boolean {
  const { allow_override, header_name, param_name, param_location } = resolved.target.config.auth;
  if (!allow_override) return false;
  if (header_name && request.headers.has(header_name)) return true;
  if (!param_name) return false;
  return param_location === "body"
    ? prompt?.wire[param_name] !== undefined
    : new URLSearchParams(request.search).has(param_name);
}

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
