import { GatewayError } from "../chat/error.ts";
import type { Call } from "./call.ts";
import type { Plan } from "./plan.ts";

/**
 * What a vendor's error means to the client. Where routes ask for it, the refusal of a credential
 * that is the gateway's own is no 401: the client would give up a key that is good.
 */
export function vendorFault(error: GatewayError, call: Call, plan: Plan): GatewayError {
  const { settings, resolved, model } = plan;
  if (settings.refusedCredentials === "passed-on" || !refusesCredential(error)) return error;
  if (isClients(call, plan)) return error;
  const wanted = model === "" ? "" : ` for model '${model}'`;
  const message = `The provider '${resolved.target.name}' refused the gateway's own credential${wanted} (status ${error.status}); whoever runs the gateway has to renew it`;
  return new GatewayError("upstream_auth_failed", message, { cause: error });
}

/** A 403 may have other reasons (a region, a filter): the vendor's words for its kind decide. */
function refusesCredential({ status, code, vendor }: GatewayError): boolean {
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
function isClients({ request, prompt }: Call, { resolved }: Plan): boolean {
  const { allow_override, header_name, param_name, param_location } = resolved.target.config.auth;
  if (!allow_override) return false;
  if (header_name && request.headers.has(header_name)) return true;
  if (!param_name) return false;
  return param_location === "body"
    ? prompt?.wire[param_name] !== undefined
    : new URLSearchParams(request.search).has(param_name);
}
